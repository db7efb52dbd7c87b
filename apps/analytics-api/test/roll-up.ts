import { activeUserRows, inWorkspace, ROLLUP_COLUMNS, rollupRows, USERS_PER_CHUNK } from '@shadower/database';
import type { DataSource } from 'typeorm';

const MARKED = '(SELECT unnest($2::timestamptz[]) AS bucket)';

/** What the worker does with marked buckets, as plainly as it can be said: `limit` of them are made clean. */
export const rollUp = (dataSource: DataSource, workspaceId: string, limit: number): Promise<void> =>
  inWorkspace(dataSource, workspaceId, async (runner) => {
    const [marks] = (await runner.query(
      `DELETE FROM dirty_buckets WHERE workspace_id = $1 AND bucket IN (SELECT DISTINCT bucket FROM dirty_buckets WHERE workspace_id = $1 ORDER BY 1 LIMIT $2) RETURNING bucket`,
      [workspaceId, limit],
    )) as [{ bucket: Date }[]];
    const target = [workspaceId, [...new Map(marks.map(({ bucket }) => [bucket.getTime(), bucket])).values()]];
    await runner.query('DELETE FROM rollup_15m WHERE workspace_id = $1 AND bucket = ANY ($2::timestamptz[])', target);
    await runner.query(`INSERT INTO rollup_15m (${ROLLUP_COLUMNS.join(', ')}) SELECT ${ROLLUP_COLUMNS.join(', ')} FROM (${rollupRows('$1', MARKED)}) r`, target);
    const active = (await runner.query(`SELECT to_char(day, 'YYYY-MM-DD') AS day, user_id FROM (${activeUserRows('$1', MARKED)}) a`, target)) as { day: string; user_id: string }[];
    for (const { day, user_id } of active) {
      await runner.query(
        `INSERT INTO workspace_users (workspace_id, user_id, user_no) SELECT $1, $2, 32760 + count(*) FROM workspace_users WHERE workspace_id = $1 ON CONFLICT (workspace_id, user_id) DO NOTHING`,
        [workspaceId, user_id],
      );
      await runner.query(
        `INSERT INTO active_bits AS b (workspace_id, day, chunk, bits)
         SELECT $1, $2::date, user_no / ${USERS_PER_CHUNK}, set_bit(B'0'::bit(${USERS_PER_CHUNK}), user_no % ${USERS_PER_CHUNK}, 1) FROM workspace_users WHERE workspace_id = $1 AND user_id = $3
         ON CONFLICT (workspace_id, day, chunk) DO UPDATE SET bits = b.bits | excluded.bits`,
        [workspaceId, day, user_id],
      );
    }
  });
