import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient } from './api-client';
import { batches, type Batch } from './batches';
import type { Checkpoint } from './checkpoint';
import { describeProblem } from './problem';
import { rowEvent, type RowEventOptions } from './row-event';
import { readTrace } from './trace-file';
import { TraceError, type TraceRow } from './trace-row';

export interface ReplayOptions extends RowEventOptions {
  api: ApiClient;
  workspace: string;
  checkpoint: Checkpoint;
  /** How many times faster than the trace's own clock; without it as fast as the API takes the rows. */
  speed?: number;
  /** Requests in flight. */
  parallel: number;
  signal?: AbortSignal;
  /** Told how many rows have been answered, those that an earlier run sent included. */
  onProgress: (rows: number) => void;
}

export interface ReplayResult {
  accepted: number;
  duplicate: number;
  /** Rows that an earlier, interrupted run had sent. */
  skipped: number;
}

const BATCH_ROWS = 1_000;

async function* rowsAfter(file: string, skipped: number): AsyncGenerator<TraceRow> {
  for await (const row of readTrace(file)) if (row.number > skipped) yield row;
}

/** Sends a trace, a row an event, and remembers how far it came. Safe to repeat at any point. Throws a TraceError that names a refused line. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { checkpoint, parallel, signal } = options;
  const result = { accepted: 0, duplicate: 0, skipped: checkpoint.rows };
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const beganAt = Date.now();
  let answered = checkpoint.rows;

  const send = async (batch: Batch): Promise<void> => {
    const counts = await sendBatch(batch.rows, options);
    result.accepted += counts.accepted;
    result.duplicate += counts.duplicate;
    options.onProgress((answered += batch.rows.length));
  };

  for await (const batch of batches(rowsAfter(options.file, checkpoint.rows), { size: BATCH_ROWS, speed: options.speed })) {
    const waitMs = beganAt + batch.dueMs - Date.now();
    // An aborted wait is noticed by the next line.
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (failures.length > 0 || signal?.aborted) break;
    const sending: Promise<void> = send(batch)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
    if (inFlight.size >= parallel) await Promise.race(inFlight);
  }
  // What is under way may still be stored, after a failure too: wait for it, so that the checkpoint knows.
  await Promise.all(inFlight);
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return result;
}

async function sendBatch(rows: TraceRow[], options: ReplayOptions): Promise<{ accepted: number; duplicate: number }> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return { accepted: 0, duplicate: 0 };
  try {
    const result = await options.api.sendEvents(options.workspace, rows.map((row) => rowEvent(row, options)));
    const [refused, ...others] = result.rejected;
    if (refused) {
      const more = others.length > 0 ? ` (and ${others.length} more rows of this batch)` : '';
      throw new TraceError(`line ${rows[refused.index]?.line ?? '?'} was refused: ${describeProblem(refused.problem)}${more}`);
    }
    options.checkpoint.acknowledge(first.number, last.number);
    return result;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new TraceError(`lines ${first.line} to ${last.line}: ${error.message}`, { cause: error });
  }
}
