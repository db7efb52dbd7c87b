import type { ChangedBucket, LiveEntry } from '@shadower/domain';

/** Rows in one entry: about 20 KB of JSON, well below the largest frame. */
const ROWS_PER_ENTRY = 100;

/**
 * The live entries that tell of changed rollup rows: all of each row on `metrics`, its credits on `credits`, and on `executions` those of executions.
 * Each row replaces what a client holds under (bucket, kind), so a repeated or skipped frame does no lasting harm.
 */
export function liveFrames(changed: ChangedBucket[]): Pick<LiveEntry, 'ch' | 'data'>[] {
  const frames: Pick<LiveEntry, 'ch' | 'data'>[] = [];
  for (let from = 0; from < changed.length; from += ROWS_PER_ENTRY) {
    const buckets = changed.slice(from, from + ROWS_PER_ENTRY);
    frames.push({ ch: 'metrics', data: { buckets } });
    frames.push({ ch: 'credits', data: { buckets: buckets.map(({ bucket, kind, credits }) => ({ bucket, kind, credits })) } });
    const executions = buckets.filter(({ kind }) => kind.startsWith('execution.'));
    if (executions.length > 0) {
      frames.push({ ch: 'executions', data: { buckets: executions.map(({ bucket, kind, events, succeeded, failed }) => ({ bucket, kind, events, succeeded, failed })) } });
    }
  }
  return frames;
}
