import { rowsOfChannel, type ChangedBucket, type LiveEntry } from '@shadower/domain';

/** Rows in one entry: about 20 KB of JSON, well below the largest frame. */
const ROWS_PER_ENTRY = 100;

/**
 * The live entries that tell of changed rollup rows: all of each row on `metrics`, with today's distinct users, its credits on `credits`, and
 * on `executions` those of executions. Each row replaces what a client holds under (bucket, kind), so a repeated frame does no harm.
 */
export function liveFrames(changed: ChangedBucket[], activeUsers: number): Pick<LiveEntry, 'ch' | 'data'>[] {
  const frames: Pick<LiveEntry, 'ch' | 'data'>[] = [];
  for (let from = 0; from < changed.length; from += ROWS_PER_ENTRY) {
    const rows = changed.slice(from, from + ROWS_PER_ENTRY);
    frames.push({ ch: 'metrics', data: { buckets: rows, active_users: activeUsers } });
    frames.push({ ch: 'credits', data: { buckets: rowsOfChannel('credits', rows) } });
    const executions = rowsOfChannel('executions', rows) ?? [];
    if (executions.length > 0) frames.push({ ch: 'executions', data: { buckets: executions } });
  }
  return frames;
}
