import { AppError } from '@shadower/domain';
import type { DataSource } from 'typeorm';
import { inSystem } from './transaction';

/** A job that used up its attempts. `workspace_id` is '' for the system's own work; `payload` is null when it was too large or too deep to keep. */
export interface DeadJob {
  workspace_id: string;
  queue: string;
  job_type: string;
  job_id: string;
  payload: unknown;
  error: string;
  attempts: number;
  trace_id?: string | null;
  request_id?: string | null;
  enqueued_at: Date;
  failed_at: Date;
}

/** A kept one; `redriven_at` says when it was sent to its queue once more. */
export interface DeadJobRow extends DeadJob {
  id: string;
  redriven_at: Date | null;
}

const LARGEST_PAYLOAD = 65_536;

/** PostgreSQL holds neither U+0000 nor half a surrogate pair, as text or in JSON. */
const storableText = (text: string): string => text.replaceAll('\0', '').toWellFormed();

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), inner]));
}

/** The payload as JSON; null when it is too large to keep, or nested deeper than it can be written. */
function kept(payload: unknown): string | null {
  try {
    const text = JSON.stringify(payload, (_name, value: unknown) => storable(value)) ?? 'null';
    return text.length <= LARGEST_PAYLOAD ? text : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Keeps a dead job. Keeping the same one again does nothing. */
export async function keepDeadJob(dataSource: DataSource, job: DeadJob): Promise<void> {
  const text = (value: string | null | undefined) => (typeof value === 'string' ? storableText(value) : null);
  const { workspace_id, queue, job_type, job_id, error, attempts, trace_id, request_id, enqueued_at, failed_at } = job;
  await inSystem(dataSource, (runner) =>
    runner.query(
      `INSERT INTO dead_jobs (workspace_id, queue, job_type, job_id, payload, error, attempts, trace_id, request_id, enqueued_at, failed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
      [workspace_id, queue, text(job_type), job_id, kept(job.payload), text(error)?.slice(0, 4_000), attempts, trace_id, text(request_id), enqueued_at, failed_at],
    ),
  );
}

/** The dead jobs of all workspaces, the newest first; `after` is the last one of the page before. */
export const deadJobs = (dataSource: DataSource, limit: number, after?: { failed_at: Date; id: string }): Promise<DeadJobRow[]> =>
  inSystem(dataSource, (runner) =>
    runner.query(
      `SELECT * FROM dead_jobs WHERE $1::timestamptz IS NULL OR (failed_at, id) < ($1, $2::uuid) ORDER BY failed_at DESC, id DESC LIMIT $3`,
      [after?.failed_at ?? null, after?.id ?? null, limit],
    ),
  );

/**
 * Sends a dead job to its queue once more, by way of `send`, which must be idempotent by the id that it gets. Two callers at a time send it once.
 * Throws `not_found` for an unknown id and `conflict` when it has been sent before or its payload was not kept.
 */
export const redriveDeadJob = (dataSource: DataSource, id: string, send: (job: DeadJobRow) => Promise<void>): Promise<DeadJobRow> =>
  inSystem(dataSource, async (runner) => {
    const [job]: DeadJobRow[] = await runner.query('SELECT * FROM dead_jobs WHERE id = $1 FOR UPDATE', [id]);
    if (!job) throw new AppError('not_found', 'There is no such dead job.');
    if (job.redriven_at) throw new AppError('conflict', 'This job has been sent to its queue before.');
    if (job.payload === null) throw new AppError('conflict', 'The payload of this job was too large to keep.');
    await send(job);
    await runner.query('UPDATE dead_jobs SET redriven_at = clock_timestamp() WHERE workspace_id = $1 AND id = $2', [job.workspace_id, id]);
    return { ...job, redriven_at: new Date() };
  });
