import type { TraceRow } from './trace-row';

/** Rows that travel in one request, and when they are due, in milliseconds after the replay began (0 = at once). */
export interface Batch {
  rows: TraceRow[];
  dueMs: number;
}

export interface BatchOptions {
  size: number;
  /** How many times faster than the trace's own clock; without it every batch is due at once. */
  speed?: number;
}

/** Rows that become due within this time travel together when the replay is paced. */
const TICK_MS = 200;

/**
 * Cuts rows, in their order, into requests of at most `size`. Paced, a request holds the rows of one tick and is due at the tick's end.
 * The trace's clock starts with the first row that is given, so that a resumed replay goes on at once.
 */
export async function* batches(rows: AsyncIterable<TraceRow>, { size, speed }: BatchOptions): AsyncGenerator<Batch> {
  let start: number | undefined;
  let pending: Batch = { rows: [], dueMs: 0 };
  for await (const row of rows) {
    const time = Date.parse(row.time);
    start ??= time;
    const dueMs = speed ? (Math.floor(Math.max(0, time - start) / speed / TICK_MS) + 1) * TICK_MS : 0;
    if (pending.rows.length === size || (pending.rows.length > 0 && dueMs > pending.dueMs)) {
      yield pending;
      pending = { rows: [], dueMs };
    }
    pending.dueMs = Math.max(pending.dueMs, dueMs);
    pending.rows.push(row);
  }
  if (pending.rows.length > 0) yield pending;
}
