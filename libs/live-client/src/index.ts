export { LiveClient, type LiveClientOptions, type LiveData, type LiveHandlers, type LiveState } from './live-client';
