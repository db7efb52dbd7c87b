export { LiveClient, type LiveClientOptions, type LiveHandlers, type LiveState } from './live-client';
