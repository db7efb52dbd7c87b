import type { LiveEntry } from '@shadower/domain';

/** A place in a workspace's live stream. Offsets (`<ms>-<n>`) of different epochs cannot be compared. */
export interface LivePosition {
  epoch: string;
  offset: string;
}

export interface LiveRecord {
  workspaceId: string;
  position: LivePosition;
  entry: LiveEntry;
}

/** Negative when `a` comes before `b`, 0 when they are the same, positive when after. Both of one epoch. */
export function compareOffsets(a: string, b: string): number {
  const [aTime = '0', aNumber = '0'] = a.split('-');
  const [bTime = '0', bNumber = '0'] = b.split('-');
  const difference = BigInt(aTime) - BigInt(bTime) || BigInt(aNumber) - BigInt(bNumber);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
