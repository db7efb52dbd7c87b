import { activeUserRows, DAY_COLUMNS, dayRows, inWorkspace, keepActiveDays, ROLLUP_COLUMNS, rollupRows, USERS_PER_CHUNK } from '@shadower/database';
import type { DataSource } from 'typeorm';

const MARKED = ['(SELECT unnest($2::timestamptz[]) AS bucket)', `'-infinity'::timestamptz`, `'infinity'::timestamptz`] as const;

/** What the worker does with marked buckets, as plainly as it can be said: `limit` of them are made clean. */
export const rollUp = (dataSource: DataSource, workspaceId: string, limit: number): Promise<void> =>
  inWorkspace(dataSource, workspaceId, async (runner) => {
    const [marks] = (await runner.query(`DELETE FROM dirty_buckets WHERE workspace_id = $1 AND bucket IN (SELECT DISTINCT bucket FROM dirty_buckets WHERE workspace_id = $1 ORDER BY 1 LIMIT $2) RETURNING bucket`, [
      workspaceId,
      limit,
    ])) as [{ bucket: Date }[]];
    const target = [workspaceId, [...new Map(marks.map(({ bucket }) => [bucket.getTime(), bucket])).values()]];
    await runner.query('DELETE FROM rollup_15m WHERE workspace_id = $1 AND bucket = ANY ($2::timestamptz[])', target);
    await runner.query(`INSERT INTO rollup_15m (${ROLLUP_COLUMNS.join(', ')}) SELECT ${ROLLUP_COLUMNS.join(', ')} FROM (${rollupRows('$1', ...MARKED)}) r`, target);
    await runner.query(`INSERT INTO rollup_days AS s (workspace_id, day, generation) SELECT DISTINCT $1, (b AT TIME ZONE 'UTC')::date, 1 FROM unnest($2::timestamptz[]) b ON CONFLICT (workspace_id, day) DO UPDATE SET settled = 0, generation = s.generation + 1`, target);
    const active = (await runner.query(`SELECT to_char(day, 'YYYY-MM-DD') AS day, user_id FROM (${activeUserRows('$1', ...MARKED)}) a`, target)) as { day: string; user_id: string }[];
    for (const { day, user_id } of active) {
      await runner.query(`INSERT INTO workspace_users (workspace_id, user_id, user_no) SELECT $1, $2, 32760 + count(*) FROM workspace_users WHERE workspace_id = $1 ON CONFLICT (workspace_id, user_id) DO NOTHING`, [
        workspaceId,
        user_id,
      ]);
      await runner.query(
        `INSERT INTO active_bits AS b (workspace_id, day, chunk, bits)
         SELECT $1, $2::date, user_no / ${USERS_PER_CHUNK}, set_bit(B'0'::bit(${USERS_PER_CHUNK}), user_no % ${USERS_PER_CHUNK}, 1) FROM workspace_users WHERE workspace_id = $1 AND user_id = $3
         ON CONFLICT (workspace_id, day, chunk) DO UPDATE SET bits = b.bits | excluded.bits`,
        [workspaceId, day, user_id],
      );
    }
  });

const START = `day::timestamp AT TIME ZONE 'UTC'`;

/** What the worker does with days: the first `buckets` of each whose first buckets are all clean are kept by dimension, and the active users of all. */
export const settle = (dataSource: DataSource, workspaceId: string, buckets: number): Promise<void> =>
  inWorkspace(dataSource, workspaceId, async (runner) => {
    const days = (await runner.query(
      `SELECT day::text FROM rollup_days s WHERE workspace_id = $1 AND NOT EXISTS (SELECT FROM dirty_buckets d WHERE d.workspace_id = $1 AND d.bucket >= ${START} AND d.bucket < ${START} + $2::int * interval '15 minutes') ORDER BY day`,
      [workspaceId, buckets],
    )) as { day: string }[];
    for (const { day } of days) {
      await runner.query('DELETE FROM rollup_day_dim WHERE workspace_id = $1 AND day = $2::date', [workspaceId, day]);
      const from = `$2::date::timestamp AT TIME ZONE 'UTC'`;
      await runner.query(`INSERT INTO rollup_day_dim (${DAY_COLUMNS.join(', ')}) SELECT $1, $2::date, r.* FROM (${dayRows('$1', from, `${from} + $3::int * interval '15 minutes'`)}) r`, [workspaceId, day, buckets]);
      await runner.query('UPDATE rollup_days SET settled = $3 WHERE workspace_id = $1 AND day = $2::date', [workspaceId, day, buckets]);
    }
    const [first, last] = [days[0]?.day, days.at(-1)?.day].map((day) => Date.parse(day ?? '2026-09-01'));
    await keepActiveDays(runner, workspaceId, { from: new Date(first as number), to: new Date((last as number) + 86_400_000) });
  });
