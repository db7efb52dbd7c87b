import { EXPORT_LIMITS, type ExportProgress } from '@shadower/domain';
import type { DataSource, QueryRunner } from 'typeorm';
import { inSystem, inWorkspace } from '../transaction';
import { changed } from './changed';
import { dropOrphanChunks, dropSomeChunks } from './drop-chunks';
import type { ExportRow } from './export-row';

/** How far a file has come; see `ExportProgress`. */
export type WrittenSoFar = Pick<ExportProgress, 'rows' | 'bytes' | 'percent'>;
/** Who works on an export; `attempt` fences off whoever held it before. */
export type HeldExport = Pick<ExportRow, 'workspace_id' | 'id' | 'attempt'>;
/** What is written: `bytes` follow those before as piece `no`. */
export interface ExportChunk {
  no: number;
  bytes: Buffer;
}

const HELD = `workspace_id = $1 AND id = $2 AND attempt = $3 AND status = 'running'`;
const LEASE = `clock_timestamp() + $4::int * interval '1 millisecond'`;

const CLAIM = `UPDATE exports SET status = 'running', attempt = attempt + 1, rows = 0, bytes = 0, percent = 0, started_at = clock_timestamp(), lease_until = clock_timestamp() + $3::int * interval '1 millisecond'
WHERE workspace_id = $1 AND id = $2 AND (status = 'queued' OR (status = 'running' AND lease_until < clock_timestamp())) RETURNING *`;
/** A file that is lost with the server is written again, and the commit that completes it comes after all others, also on the disk. */
const LAZY = `SET LOCAL synchronous_commit = off`;
/** The row is locked until the piece is there, so whoever claims it after that deletes this one too. */
const APPEND = `WITH held AS (UPDATE exports SET lease_until = ${LEASE}, rows = $5, bytes = $6, percent = $7 WHERE ${HELD} RETURNING 1)
INSERT INTO export_chunks (workspace_id, export_id, no, bytes) SELECT $1::text, $2::uuid, $8::int, $9::bytea FROM held RETURNING no`;
const RENEW = `UPDATE exports SET lease_until = ${LEASE} WHERE ${HELD} RETURNING 1`;
const COMPLETE = `UPDATE exports SET status = 'completed', rows = $5, bytes = $6, sha256 = $7, finished_at = clock_timestamp(), expires_at = clock_timestamp() + $4::int * interval '1 millisecond' WHERE ${HELD} RETURNING 1`;
const FAIL = `UPDATE exports SET status = 'failed', error = $4, rows = 0, bytes = 0, percent = 0, finished_at = clock_timestamp(), expires_at = clock_timestamp() WHERE ${HELD} RETURNING 1`;
const GIVE_BACK = `UPDATE exports SET status = 'queued', rows = 0, bytes = 0, percent = 0, lease_until = ${LEASE} WHERE ${HELD} RETURNING 1`;

const keyOf = ({ workspace_id, id, attempt }: HeldExport): unknown[] => [workspace_id, id, attempt];

/** Takes an export that waits, or whose worker gave no sign of life until its lease ended; undefined when there is none to be had. */
export async function claimExport(dataSource: DataSource, workspaceId: string, id: string, leaseMs: number): Promise<ExportRow | undefined> {
  const [row] = await inWorkspace(dataSource, workspaceId, (runner) => changed<ExportRow>(runner, CLAIM, [workspaceId, id, leaseMs]));
  return row && (await dropFile(dataSource, row, leaseMs)) ? row : undefined;
}

/** Deletes what there is of the file. False when the export is not the caller's any more. Renews the lease before each part. */
async function dropFile(dataSource: DataSource, held: HeldExport, leaseMs: number): Promise<boolean> {
  for (;;) {
    const left = await inWorkspace(dataSource, held.workspace_id, async (runner) => {
      const [mine] = await changed(runner, RENEW, [...keyOf(held), leaseMs]);
      return mine && dropSomeChunks(runner, held.workspace_id, held.id);
    });
    if (!left) return left !== undefined;
  }
}

/** False when the export is not the caller's any more; then nothing was written. `sums` are those so far. Renews the lease. */
export const appendChunk = (dataSource: DataSource, held: HeldExport, chunk: ExportChunk, sums: WrittenSoFar, leaseMs: number): Promise<boolean> =>
  inWorkspace(dataSource, held.workspace_id, async (runner) => {
    await runner.query(LAZY);
    const written = (await runner.query(APPEND, [...keyOf(held), leaseMs, sums.rows, sums.bytes, sums.percent, chunk.no, chunk.bytes])) as unknown[];
    return written.length > 0;
  });

/** False when the export is not the caller's any more. */
export const renewLease = (dataSource: DataSource, held: HeldExport, leaseMs: number): Promise<boolean> =>
  inWorkspace(dataSource, held.workspace_id, async (runner) => (await changed(runner, RENEW, [...keyOf(held), leaseMs])).length > 0);

/** False when the export is not the caller's any more. */
export const completeExport = (dataSource: DataSource, held: HeldExport, { rows, bytes, sha256 }: { rows: number; bytes: number; sha256: string }): Promise<boolean> =>
  inWorkspace(dataSource, held.workspace_id, async (runner) => (await changed(runner, COMPLETE, [...keyOf(held), EXPORT_LIMITS.keptMs, rows, bytes, sha256])).length > 0);

/** Ends it for good, with nothing left of its file. False when it is not the caller's any more. */
export const failExport = (dataSource: DataSource, held: HeldExport, error: string, leaseMs: number): Promise<boolean> => dropped(dataSource, held, leaseMs, FAIL, error);

/** Lets it wait for another attempt, by the queue at once or by the sweep after `delayMs`. False when it is not the caller's any more. */
export const giveBackExport = (dataSource: DataSource, held: HeldExport, delayMs: number, leaseMs: number): Promise<boolean> => dropped(dataSource, held, leaseMs, GIVE_BACK, delayMs);

async function dropped(dataSource: DataSource, held: HeldExport, leaseMs: number, statement: string, value: unknown): Promise<boolean> {
  if (!(await dropFile(dataSource, held, leaseMs))) return false;
  return inWorkspace(dataSource, held.workspace_id, async (runner) => (await changed(runner, statement, [...keyOf(held), value])).length > 0);
}

/** Deletes an export, also while a worker is at it: its next piece finds nothing to belong to. What is large of its file goes with `expireExports`. */
export async function removeExport(runner: QueryRunner, workspaceId: string, id: string): Promise<ExportRow | undefined> {
  const [row] = await changed<ExportRow>(runner, 'DELETE FROM exports WHERE workspace_id = $1 AND id = $2 RETURNING *', [workspaceId, id]);
  if (row) await dropSomeChunks(runner, workspaceId, id);
  return row;
}

const OVERDUE = `SELECT * FROM exports WHERE status IN ('queued', 'running') AND lease_until < clock_timestamp() ORDER BY lease_until LIMIT 1`;
/** An export that nobody looks after: its job was lost, or its worker died. */
export const overdueExport = async (dataSource: DataSource): Promise<ExportRow | undefined> => (await inSystem(dataSource, (runner) => runner.query(OVERDUE) as Promise<ExportRow[]>))[0];

const NEWEST = `SELECT * FROM exports WHERE workspace_id = $1 ORDER BY status IN ('queued', 'running') DESC, requested_at DESC, id DESC LIMIT $2`;
/** Those under way, then the newest of the others. */
export const newestExports = (runner: QueryRunner, workspaceId: string, limit: number): Promise<ExportRow[]> => runner.query(NEWEST, [workspaceId, limit]) as Promise<ExportRow[]>;

const EXPIRE = `UPDATE exports SET status = 'expired' WHERE status = 'completed' AND expires_at <= $1 RETURNING *`;
const FORGET = `DELETE FROM exports WHERE status IN ('failed', 'expired') AND expires_at <= $1::timestamptz - $2::bigint * interval '1 millisecond'`;
/** Ends the exports whose time is over at `now`, and gives them; deletes all files that are of no use, and in the end what is known of the exports. */
export async function expireExports(dataSource: DataSource, now: Date): Promise<ExportRow[]> {
  const expired = await inSystem(dataSource, (runner) => changed<ExportRow>(runner, EXPIRE, [now]));
  await dropOrphanChunks(dataSource);
  await inSystem(dataSource, (runner) => runner.query(FORGET, [now, EXPORT_LIMITS.forgottenMs]));
  return expired;
}
