export { LiveClient, type LiveClientOptions, type LiveState } from './live-client';
export type { LiveHandlers, LiveStart } from './live-handlers';
export type { LiveData } from '@shadower/domain';
