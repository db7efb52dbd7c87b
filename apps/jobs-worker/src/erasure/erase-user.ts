import { addedUp, DAY_COLUMNS, dropOrphanChunks, forgetInExports, inWorkspace, NEXT_GENERATION, ROLLUP_VALUES, USERS_PER_CHUNK, type ForgottenExports } from '@shadower/database';
import type { DataSource } from 'typeorm';

/** The days of UTC on which the user was active, as the bitmaps tell; none when no rollup has seen the user. */
const ACTIVE_DAYS = `
SELECT b.day::text FROM workspace_users u
JOIN active_bits b ON b.workspace_id = u.workspace_id AND b.chunk = u.user_no / ${USERS_PER_CHUNK} AND get_bit(b.bits, u.user_no % ${USERS_PER_CHUNK}) = 1
WHERE u.workspace_id = $1 AND u.user_id = $2 ORDER BY b.day`;

/** The free part of an event may name people too. A bucket whose rollup is behind is left alone, for its active users are not counted yet. */
const FORGET_DAY = `
WITH dirty AS MATERIALIZED (SELECT DISTINCT bucket FROM dirty_buckets WHERE workspace_id = $1)
UPDATE events e SET user_id = NULL, data = NULL
WHERE e.workspace_id = $1 AND e.user_id = $2 AND e.time >= ($3::date)::timestamp AT TIME ZONE 'UTC' AND e.time < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND NOT EXISTS (SELECT FROM dirty d WHERE e.time >= d.bucket AND e.time < d.bucket + interval '15 minutes')`;

const LEFT = `
SELECT EXISTS (
  SELECT FROM unnest($3::date[]) d(day) JOIN events e ON e.workspace_id = $1 AND e.user_id = $2
    AND e.time >= d.day::timestamp AT TIME ZONE 'UTC' AND e.time < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
) AS left`;

/** The user's rows by day become a part of those of nobody, as if the raw events, which may be long gone, had been counted again. */
const FORGET_ROWS = `
WITH gone AS (DELETE FROM rollup_day_dim WHERE workspace_id = $1 AND dimension = 'user' AND key = $2 RETURNING ${DAY_COLUMNS.join(', ')}),
parts AS MATERIALIZED (
  SELECT day, ${ROLLUP_VALUES.join(', ')} FROM gone
  UNION ALL SELECT day, ${ROLLUP_VALUES.join(', ')} FROM rollup_day_dim WHERE workspace_id = $1 AND dimension = 'user' AND key = '' AND day IN (SELECT day FROM gone)
)
INSERT INTO rollup_day_dim (${DAY_COLUMNS.join(', ')}) SELECT $1, day, 'user', '', ${ROLLUP_VALUES.join(', ')} FROM (${addedUp('parts', 'day')}) a
ON CONFLICT (workspace_id, day, dimension, key) DO UPDATE SET ${ROLLUP_VALUES.map((column) => `${column} = excluded.${column}`).join(', ')}`;

/** Traces outside of the events. */
const FORGET = [
  FORGET_ROWS,
  'DELETE FROM workspace_users WHERE workspace_id = $1 AND user_id = $2',
  `DELETE FROM dead_jobs WHERE workspace_id = $1 AND (payload ->> 'user_id' = $2 OR payload -> 'context' ->> 'user_id' = $2)`,
  `UPDATE api_keys SET created_by = '' WHERE workspace_id = $1 AND created_by = $2`,
  'UPDATE alerts SET acknowledged_by = NULL WHERE workspace_id = $1 AND acknowledged_by = $2',
];
/** As text, to the microsecond: a later order for the same user must not be taken for this one. */
const ORDER = 'SELECT requested_at::text AS at FROM erasures WHERE workspace_id = $1 AND user_id = $2';
/** Goes last, with the name of the user in it. */
const FORGET_ORDER = 'DELETE FROM erasures WHERE workspace_id = $1 AND user_id = $2 AND requested_at = $3::timestamptz';

/**
 * Forgets who did what: the user's events stay, without the user and without their free part, and the user's number stays set in the
 * bitmaps with nobody's name to it, so no sum and no count of active users changes. A day a transaction. Call it when the rollups are up to
 * date. What is ordered meanwhile stays ordered. Gives the exports that ended by it; undefined when some events had to be left, because new ones came into their bucket meanwhile: call it again later.
 */
export async function eraseUser(dataSource: DataSource, workspaceId: string, userId: string): Promise<ForgottenExports | undefined> {
  const who = [workspaceId, userId];
  const { order, days } = await inWorkspace(dataSource, workspaceId, async (runner) => {
    const [begun]: { at: string }[] = await runner.query(ORDER, who);
    return { order: begun, days: (await runner.query(ACTIVE_DAYS, who)) as { day: string }[] };
  });
  for (const { day } of days) {
    await inWorkspace(dataSource, workspaceId, async (runner) => {
      // No rollup at the same time: it would count the active users of events that are being changed.
      await runner.query(NEXT_GENERATION, [workspaceId]);
      await runner.query(FORGET_DAY, [...who, day]);
    });
  }
  const forgotten = await inWorkspace(dataSource, workspaceId, async (runner) => {
    await runner.query(NEXT_GENERATION, [workspaceId]);
    const [state]: { left: boolean }[] = await runner.query(LEFT, [...who, days.map(({ day }) => day)]);
    // Somebody whom no rollup has numbered may stand in a bucket that waits for its rollup.
    const unseen: unknown[] = days.length > 0 ? [] : await runner.query('SELECT 1 FROM dirty_buckets WHERE workspace_id = $1 LIMIT 1', [workspaceId]);
    if (state?.left || unseen.length > 0) return undefined;
    for (const statement of FORGET) await runner.query(statement, who);
    return forgetInExports(runner, workspaceId, userId);
  });
  if (!forgotten) return undefined;
  await dropOrphanChunks(dataSource);
  if (order) await inWorkspace(dataSource, workspaceId, (runner) => runner.query(FORGET_ORDER, [...who, order.at]));
  return forgotten;
}
