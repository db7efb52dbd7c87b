import type { DataSource, QueryRunner } from 'typeorm';
import { inSystem } from '../transaction';

/** A file is deleted in parts of at most 128 MiB: a whole one takes longer than a statement may. */
const AT_ONCE = 128;

/** Deletes a part of what `found` selects and tells how much that was, also where somebody else deletes the same just now. */
const dropping = (found: string): string => `WITH found AS MATERIALIZED (SELECT c.workspace_id, c.export_id, c.no FROM export_chunks c WHERE ${found} LIMIT ${AT_ONCE}),
gone AS (DELETE FROM export_chunks c USING found f WHERE c.workspace_id = f.workspace_id AND c.export_id = f.export_id AND c.no = f.no)
SELECT count(*)::int AS n FROM found`;
const OF_EXPORT = dropping('c.workspace_id = $1 AND c.export_id = $2');
const ORPHANS = dropping(`NOT EXISTS (SELECT FROM exports e WHERE e.workspace_id = c.workspace_id AND e.id = c.export_id AND e.status IN ('queued', 'running', 'completed'))`);

const drop = async (runner: QueryRunner, sql: string, values: unknown[] = []): Promise<number> => ((await runner.query(sql, values)) as [{ n: number }])[0].n;

/** Deletes a part of the file of an export. False when there was nothing left. */
export const dropSomeChunks = async (runner: QueryRunner, workspaceId: string, exportId: string): Promise<boolean> => (await drop(runner, OF_EXPORT, [workspaceId, exportId])) > 0;

/** Deletes the files of exports that are deleted, have failed or expired, of all workspaces. */
export async function dropOrphanChunks(dataSource: DataSource): Promise<void> {
  while ((await inSystem(dataSource, (runner) => drop(runner, ORPHANS))) > 0);
}
