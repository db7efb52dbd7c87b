import { activeUsers, distinctUsers } from '@shadower/database';
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

const USERS = distinctUsers('$1', '$2::timestamptz', '$3::timestamptz');

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
const SERIES = `WITH ${activeUsers('$1', '$2::timestamptz', '$3::timestamptz')}
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

/** The days on which somebody counts for a day of `range`. */
export const windowsOf = ({ from, to }: TimeRange): TimeRange => ({ from: new Date(from.getTime() - (LONGEST_DAYS - 1) * 86_400_000), to });

/** Daily, weekly and monthly active users of each day of `range` (whole days of UTC). */
export async function activeUsersOf(runner: QueryRunner, workspaceId: string, range: TimeRange, now: number): Promise<ActiveUsers> {
  const { from, to } = range;
  const rows = (await runner.query(SERIES, [workspaceId, windowsOf(range).from, to, from])) as [Row, ...Row[]];
  return {
    from: from.toISOString().slice(0, 10),
    to: to.toISOString().slice(0, 10),
    days: rows.map(({ day, dau, wau, mau }) => ({ day, dau: Number(dau), wau: Number(wau), mau: Number(mau), stickiness: Number(mau) === 0 ? null : Number((Number(dau) / Number(mau)).toFixed(4)) })),
    meta: metaOf(Number(rows[0].dirty), rows[0].at, now),
  };
}
