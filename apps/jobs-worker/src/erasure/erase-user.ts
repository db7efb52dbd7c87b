import { addedUp, DAY_COLUMNS, dropOrphanChunks, forgetInExports, inWorkspace, NEXT_GENERATION, ROLLUP_VALUES, USERS_PER_CHUNK, type ForgottenExports } from '@shadower/database';
import type { DataSource, QueryRunner } from 'typeorm';

/** The days of UTC on which the user was active, as the bitmaps tell, with the generation of each; none when no rollup has seen the user. */
const ACTIVE_DAYS = `
SELECT b.day::text, d.generation::text FROM workspace_users u
JOIN active_bits b ON b.workspace_id = u.workspace_id AND b.chunk = u.user_no / ${USERS_PER_CHUNK} AND get_bit(b.bits, u.user_no % ${USERS_PER_CHUNK}) = 1
LEFT JOIN rollup_days d ON d.workspace_id = b.workspace_id AND d.day = b.day
WHERE u.workspace_id = $1 AND u.user_id = $2 ORDER BY b.day`;
const DIRTY_DAYS = `SELECT DISTINCT (bucket AT TIME ZONE 'UTC')::date::text AS day FROM dirty_buckets WHERE workspace_id = $1`;

const IN_DAY = `e.workspace_id = $1 AND e.user_id = $2 AND e.time >= $3::date::timestamp AT TIME ZONE 'UTC' AND e.time < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'`;

/** The free part of an event may name people too. A bucket whose rollup is behind is left alone, for its active users are not counted yet. */
const FORGET_DAY = `
WITH dirty AS MATERIALIZED (SELECT DISTINCT bucket FROM dirty_buckets WHERE workspace_id = $1)
UPDATE events e SET user_id = NULL, data = NULL
WHERE ${IN_DAY}
  AND NOT EXISTS (SELECT FROM dirty d WHERE e.time >= d.bucket AND e.time < d.bucket + interval '15 minutes')`;

/** One day a statement, so that PostgreSQL reads one partition. */
const LEFT = `SELECT FROM events e WHERE ${IN_DAY} LIMIT 1`;

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
/** Goes last, with the name of the user in it. An order that was repeated meanwhile stays, for it also means what came since. */
const FORGET_ORDER = 'DELETE FROM erasures WHERE workspace_id = $1 AND user_id = $2 AND requested_at = $3::timestamptz';

interface ActiveDay {
  day: string;
  /** Grows with each rollup of the day. */
  generation: string | null;
}

/** An order to erase a user. `requestedAt` is the text of PostgreSQL, which keeps its microseconds. */
export interface ErasureOrder {
  workspaceId: string;
  userId: string;
  requestedAt: string;
}

/**
 * Forgets who did what: the user's events stay, without the user and without their free part, and the user's number stays set in the
 * bitmaps with nobody's name to it, so no sum and no count of active users changes. A day a transaction. Call it when the rollups are up to
 * date. What is ordered meanwhile stays ordered. Gives the exports that ended by it; undefined when some events had to be left, because new ones came into their bucket meanwhile: call it again later.
 */
export async function eraseUser(dataSource: DataSource, { workspaceId, userId, requestedAt }: ErasureOrder): Promise<ForgottenExports | undefined> {
  const who = [workspaceId, userId];
  const seen: ActiveDay[] = await inWorkspace(dataSource, workspaceId, (runner) => runner.query(ACTIVE_DAYS, who));
  for (const { day } of seen) {
    await inWorkspace(dataSource, workspaceId, async (runner) => {
      // No rollup at the same time: it would count the active users of events that are being changed.
      await runner.query(NEXT_GENERATION, [workspaceId]);
      await runner.query(FORGET_DAY, [...who, day]);
    });
  }
  const forgotten = await inWorkspace(dataSource, workspaceId, async (runner) => {
    await runner.query(NEXT_GENERATION, [workspaceId]);
    if (await isNamed(runner, who, seen)) return undefined;
    for (const statement of FORGET) await runner.query(statement, who);
    return forgetInExports(runner, workspaceId, userId);
  });
  if (!forgotten) return undefined;
  await dropOrphanChunks(dataSource);
  await inWorkspace(dataSource, workspaceId, (runner) => runner.query(FORGET_ORDER, [...who, requestedAt]));
  return forgotten;
}

/**
 * Whether events still name the user: in a bucket that waits for its rollup, on whichever day, or on a day that was rolled up since `seen`.
 * No other day can: its events were forgotten, and each that came later left a mark or raised the day's generation.
 */
async function isNamed(runner: QueryRunner, who: string[], seen: ActiveDay[]): Promise<boolean> {
  const before = new Map(seen.map(({ day, generation }) => [day, generation]));
  const active: ActiveDay[] = await runner.query(ACTIVE_DAYS, who);
  const dirty: { day: string }[] = await runner.query(DIRTY_DAYS, who.slice(0, 1));
  const days = new Set([...active.filter(({ day, generation }) => before.get(day) !== generation), ...dirty].map(({ day }) => day));
  for (const day of days) if (((await runner.query(LEFT, [...who, day])) as unknown[]).length > 0) return true;
  return false;
}
