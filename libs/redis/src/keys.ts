/**
 * Every key of ours. The part in braces is Redis Cluster's hash tag: all keys of a workspace live in one slot,
 * so that one script may touch several of them.
 */
export const keys = {
  live: (workspaceId: string): string => `live:{${workspaceId}}`,
  liveEpoch: (workspaceId: string): string => `live:{${workspaceId}}:epoch`,
  answers: (workspaceId: string): string => `answers:{${workspaceId}}`,
  limitOfWorkspace: (workspaceId: string): string => `limit:{${workspaceId}}`,
  limitOfCaller: (workspaceId: string, caller: string): string => `limit:{${workspaceId}}:${caller}`,
  ticket: (hash: string): string => `ticket:{${hash}}`,
  /** BullMQ's scripts touch all keys of a queue, so all of them share a slot. */
  queuePrefix: '{shadower}',
} as const;
