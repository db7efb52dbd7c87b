import type { AnalyticsEvent } from '@shadower/domain';
import { Traffic } from '../demo/traffic';

/** A busy minute is drawn at this rate, so that a batch falls into one or two buckets, as live traffic does. */
const RATE = 2_000;
const STEP_MS = 1_000;

/** `count` plausible events of one workspace, the same for the same seed, none later than now. */
export function sampleEvents(seed: string, count: number): AnalyticsEvent[] {
  const events: AnalyticsEvent[] = [];
  const startMs = Date.now() - 3_600_000;
  // A compressed day, so that no night slows the drawing down.
  const traffic = new Traffic({ seed, workspaces: ['bench'], rate: RATE, startMs, dayMs: 60_000 });
  for (let time = startMs; events.length < count; time += STEP_MS) events.push(...traffic.until(time).map(({ event }) => event));
  return events.slice(0, count);
}

/** The events in batches of `size`. */
export const batchesOf = (events: AnalyticsEvent[], size: number): AnalyticsEvent[][] => Array.from({ length: Math.ceil(events.length / size) }, (_, n) => events.slice(n * size, (n + 1) * size));
