/** Files may hold rows of the user; those of `rollups` never do, nor do those of another user alone. */
const MAY_NAME = `workspace_id = $1 AND spec ->> 'dataset' <> 'rollups' AND coalesce(spec -> 'filter' ->> 'user_id', $2) = $2`;

/**
 * Statements ($1 workspace, $2 user) that leave nothing of a user in the exports, for the transaction that ends his erasure. A file that may
 * hold his rows fails, also one that is being written: its worker is fenced off. One that waits will be written without him.
 */
export const FORGET_IN_EXPORTS = [
  `DELETE FROM exports WHERE workspace_id = $1 AND spec -> 'filter' ->> 'user_id' = $2`,
  `UPDATE exports SET status = 'failed', attempt = attempt + 1, rows = 0, bytes = 0, percent = 0, sha256 = NULL, finished_at = clock_timestamp(), expires_at = clock_timestamp(),
     error = 'A user of the workspace was erased: please order the export again.' WHERE status IN ('running', 'completed') AND ${MAY_NAME}`,
  'UPDATE exports SET requested_by = NULL WHERE workspace_id = $1 AND requested_by = $2',
  // Every statement gets both parameters, so each must use both.
  `DELETE FROM export_chunks c WHERE workspace_id = $1 AND $2::text IS NOT NULL AND NOT EXISTS (SELECT FROM exports e WHERE e.workspace_id = $1 AND e.id = c.export_id AND e.status IN ('running', 'completed'))`,
];
