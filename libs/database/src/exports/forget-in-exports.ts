import type { QueryRunner } from 'typeorm';
import { changed } from './changed';
import type { ExportRow } from './export-row';

/** Files may hold rows of the user; those of `rollups` never do, nor do those of another user alone. */
const MAY_NAME = `workspace_id = $1 AND spec ->> 'dataset' <> 'rollups' AND coalesce(spec -> 'filter' ->> 'user_id', $2) = $2`;

const DELETE_OWN = `DELETE FROM exports WHERE workspace_id = $1 AND spec -> 'filter' ->> 'user_id' = $2 RETURNING *`;
const FAIL_OTHERS = `UPDATE exports SET status = 'failed', attempt = attempt + 1, rows = 0, bytes = 0, percent = 0, sha256 = NULL, finished_at = clock_timestamp(), expires_at = clock_timestamp(),
  error = 'A user of the workspace was erased: please order the export again.' WHERE status IN ('running', 'completed') AND ${MAY_NAME} RETURNING *`;
const FORGET_REQUESTER = 'UPDATE exports SET requested_by = NULL WHERE workspace_id = $1 AND requested_by = $2';

/** The exports that an erasure ended, as they were or are now. */
export interface ForgottenExports {
  deleted: ExportRow[];
  failed: ExportRow[];
}

/**
 * Leaves nothing of a user in the exports; their files are left to `dropOrphanChunks`. An export that may hold his rows fails, also one that is
 * being written: its worker is fenced off. One that waits will be written without him.
 */
export async function forgetInExports(runner: QueryRunner, workspaceId: string, userId: string): Promise<ForgottenExports> {
  const who = [workspaceId, userId];
  const deleted = await changed<ExportRow>(runner, DELETE_OWN, who);
  const failed = await changed<ExportRow>(runner, FAIL_OTHERS, who);
  await runner.query(FORGET_REQUESTER, who);
  return { deleted, failed };
}
