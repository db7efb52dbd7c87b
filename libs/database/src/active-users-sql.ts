import { activeUserRows, dirtyBuckets, USERS_PER_CHUNK } from './rollup-sql';

/**
 * CTEs over the days of UTC [from, to), plain parameters or literals, behind the CTE `dirty` of the same span: `bits(day, chunk, bits)` are the stored bitmaps and those
 * of the dirty buckets' users who have a number; `newcomers(day, user_id)` are the users whom no rollup has numbered yet, so nobody stands in both.
 * The bits are copied out of their compressed storage once, however many windows look at them; `looked` (SQL over `day`) says which days any does.
 */
export const activeUsers = (workspace: string, from: string, to: string, looked = 'true'): string => `tail AS MATERIALIZED (
  SELECT a.day, a.user_id, w.user_no FROM (${activeUserRows(workspace, 'dirty', from, to)}) a
  LEFT JOIN workspace_users w ON w.workspace_id = ${workspace} AND w.user_id = a.user_id
),
bits AS MATERIALIZED (
  SELECT day, chunk, bits | B'0'::bit(${USERS_PER_CHUNK}) AS bits FROM active_bits
  WHERE workspace_id = ${workspace} AND day >= (${from} AT TIME ZONE 'UTC')::date AND day < (${to} AT TIME ZONE 'UTC')::date AND ${looked}
  UNION ALL
  SELECT day, user_no / ${USERS_PER_CHUNK}, bit_or(set_bit(B'0'::bit(${USERS_PER_CHUNK}), user_no % ${USERS_PER_CHUNK}, 1)) FROM tail WHERE user_no IS NOT NULL GROUP BY 1, 2
),
newcomers AS MATERIALIZED (SELECT day, user_id FROM tail WHERE user_no IS NULL)`;

/** SELECT of one number, `users`: the distinct users of the days [from, to), exact and fresh. */
export const distinctUsers = (workspace: string, from: string, to: string): string => `WITH ${dirtyBuckets(workspace, from, to)},
${activeUsers(workspace, from, to)}
SELECT (SELECT coalesce(sum(bit_count(merged)), 0) FROM (SELECT bit_or(bits) AS merged FROM bits GROUP BY chunk) c) + (SELECT count(DISTINCT user_id) FROM newcomers) AS users`;
