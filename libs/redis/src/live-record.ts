import type { LiveEntry, LivePosition } from '@shadower/domain';

/** One entry of a workspace's live stream, and where it stands there. */
export interface LiveRecord {
  workspaceId: string;
  position: LivePosition;
  entry: LiveEntry;
}
