export { LiveClient, type LiveClientOptions, type LiveHandlers, type LiveStart, type LiveState } from './live-client';
export type { LiveData } from '@shadower/domain';
