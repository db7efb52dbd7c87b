import type { DrillRange } from './drill-range';

/** Something that really goes wrong. `begin` returns what sets it right. */
export interface Cause {
  says: string;
  begin(range: DrillRange): Promise<() => Promise<unknown>> | (() => Promise<unknown>);
  /** By how much time windows are shorter, where the usual factor would take too long. */
  factor?: number;
  /** Why it cannot be brought about on this machine. */
  impossible?: () => string | undefined;
}
