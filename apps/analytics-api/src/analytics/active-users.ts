import { activeUserRows, dirtyBuckets, USERS_PER_CHUNK } from '@shadower/database';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from './meta';
import type { TimeRange } from './time-range';

export const activeUsersSchema = named(
  'ActiveUsers',
  z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    days: z.array(
      z.object({
        day: z.iso.date(),
        dau: z.int().meta({ description: 'distinct users of the day (UTC)' }),
        wau: z.int().meta({ description: 'distinct users of the 7 days that end with it' }),
        mau: z.int().meta({ description: 'distinct users of the 30 days that end with it' }),
        stickiness: z.number().nullable().meta({ description: 'dau / mau' }),
      }),
    ),
    meta: metaSchema,
  }),
);
export type ActiveUsers = z.infer<typeof activeUsersSchema>;

/**
 * CTEs over the days [$2, $3), given as times: `bits(day, chunk, bits)` are the stored bitmaps and those of the dirty buckets' users who have
 * a number; `newcomers(day, user_id)` are the users whom no rollup has numbered yet, so nobody stands in both.
 * The bits are copied out of their compressed storage once, however many windows look at them.
 */
const ACTIVE = `${dirtyBuckets('$1', '$2::timestamptz', '$3::timestamptz')},
tail AS MATERIALIZED (
  SELECT a.day, a.user_id, w.user_no FROM (${activeUserRows('$1', 'dirty')}) a
  LEFT JOIN workspace_users w ON w.workspace_id = $1 AND w.user_id = a.user_id
),
bits AS MATERIALIZED (
  SELECT day, chunk, bits | B'0'::bit(${USERS_PER_CHUNK}) AS bits FROM active_bits
  WHERE workspace_id = $1 AND day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND day < ($3::timestamptz AT TIME ZONE 'UTC')::date
  UNION ALL
  SELECT day, user_no / ${USERS_PER_CHUNK}, bit_or(set_bit(B'0'::bit(${USERS_PER_CHUNK}), user_no % ${USERS_PER_CHUNK}, 1)) FROM tail WHERE user_no IS NOT NULL GROUP BY 1, 2
),
newcomers AS MATERIALIZED (SELECT day, user_id FROM tail WHERE user_no IS NULL)`;

const USERS = `WITH ${ACTIVE}
SELECT (SELECT coalesce(sum(bit_count(merged)), 0) FROM (SELECT bit_or(bits) AS merged FROM bits GROUP BY chunk) c) + (SELECT count(DISTINCT user_id) FROM newcomers) AS users`;

/** How many distinct users were active in a span of whole days. */
export async function usersOfDays(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange): Promise<number> {
  const [row] = (await runner.query(USERS, [workspaceId, from, to])) as [{ users: string }];
  return Number(row.users);
}

const WINDOWS = { dau: 1, wau: 7, mau: 30 } as const;
const LONGEST_DAYS = 30;
const inWindow = (days: number): string => `FILTER (WHERE day > d.day - ${days})`;
const columns = Object.entries(WINDOWS);

/** $2 lies 29 days before the first day that is asked for, which is $4. */
const SERIES = `WITH ${ACTIVE}
SELECT to_char(d.day, 'YYYY-MM-DD') AS day, ${columns.map(([name]) => `known.${name} + unknown.${name} AS ${name}`).join(', ')},
  (SELECT count(*) FROM dirty) AS dirty, statement_timestamp() AS at
FROM (SELECT generate_series($4::timestamptz AT TIME ZONE 'UTC', ($3::timestamptz AT TIME ZONE 'UTC') - interval '1 day', interval '1 day')::date AS day) d
CROSS JOIN LATERAL (
  SELECT ${columns.map(([name]) => `coalesce(sum(bit_count(${name})), 0) AS ${name}`).join(', ')}
  FROM (SELECT ${columns.map(([name, days]) => `bit_or(bits) ${inWindow(days)} AS ${name}`).join(', ')} FROM bits WHERE day > d.day - ${LONGEST_DAYS} AND day <= d.day GROUP BY chunk) c
) known
CROSS JOIN LATERAL (
  SELECT ${columns.map(([name, days]) => `count(DISTINCT user_id) ${inWindow(days)} AS ${name}`).join(', ')} FROM newcomers WHERE day > d.day - ${LONGEST_DAYS} AND day <= d.day
) unknown
ORDER BY d.day`;

type Row = { day: string; dirty: string; at: Date } & Record<keyof typeof WINDOWS, string>;

/** Daily, weekly and monthly active users of each day of `range` (whole days of UTC). */
export async function activeUsersOf(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange, now: number): Promise<ActiveUsers> {
  const earliest = new Date(from.getTime() - (LONGEST_DAYS - 1) * 86_400_000);
  const rows = (await runner.query(SERIES, [workspaceId, earliest, to, from])) as [Row, ...Row[]];
  return {
    from: from.toISOString().slice(0, 10),
    to: to.toISOString().slice(0, 10),
    days: rows.map(({ day, dau, wau, mau }) => ({ day, dau: Number(dau), wau: Number(wau), mau: Number(mau), stickiness: Number(mau) === 0 ? null : Number((Number(dau) / Number(mau)).toFixed(4)) })),
    meta: metaOf(Number(rows[0].dirty), rows[0].at, now),
  };
}
