import type { DrillRange } from './drill-range';

/** Something that really goes wrong. `begin` returns what sets it right. */
export interface Cause {
  says: string;
  /** What has to be there before it can begin, such as the history that an alert compares with. */
  ready?: (range: DrillRange) => Promise<unknown>;
  begin(range: DrillRange): Promise<() => Promise<unknown>> | (() => Promise<unknown>);
  /** By how much time windows are shorter, where the usual factor would take too long. */
  factor?: number;
  /** The alert that speaks for this one while the cause lasts: it is delivered when that one has resolved. */
  inhibitedBy?: string;
  /** Why it cannot be brought about on this machine. */
  impossible?: () => string | undefined;
}
