export { LiveClient, type LiveClientOptions, type LiveData, type LiveHandlers, type LiveStart, type LiveState } from './live-client';
