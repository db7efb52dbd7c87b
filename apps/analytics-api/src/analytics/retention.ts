import { activeUserRows, dirtyBuckets, USERS_PER_CHUNK } from '@shadower/database';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from './meta';

const MAX_WEEKS = 26;
export const retentionQuery = z.object({ weeks: z.coerce.number().int().min(1).max(MAX_WEEKS).default(8).meta({ description: 'how many weeks (from Monday, UTC) back; the running one is the last' }) });

export const retentionSchema = named(
  'Retention',
  z.object({
    cohorts: z.array(
      z.object({
        week: z.iso.date().meta({ description: 'the Monday of the week in which these users were seen for the first time' }),
        users: z.int(),
        active: z.array(z.int()).meta({ description: 'how many of them were active in that week (all of them), in the next, and so on to the running week' }),
      }),
    ),
    meta: metaSchema,
  }),
);
export type Retention = z.infer<typeof retentionSchema>;

const MONDAY = (day: string): string => `date_trunc('week', ${day}::timestamp)::date`;
const MERGED = `bit_or(bits)`;
const NONE = `B'0'::bit(${USERS_PER_CHUNK})`;

/**
 * $1 the workspace, $2 the Monday of the first cohort, $3 the end of the running week.
 * New in a week are the bits of that week which no earlier day has; they stay with a bit-AND. Users whom no rollup has numbered yet
 * have all their history in dirty buckets, so they are counted by name beside the bits.
 */
const COHORTS = `WITH ${dirtyBuckets('$1', `'-infinity'::timestamptz`, '$3::timestamptz')},
tail AS MATERIALIZED (
  SELECT a.day, a.user_id, w.user_no FROM (${activeUserRows('$1', 'dirty')}) a LEFT JOIN workspace_users w ON w.workspace_id = $1 AND w.user_id = a.user_id
),
bits AS MATERIALIZED (
  SELECT week, chunk, ${MERGED} AS bits FROM (
    SELECT greatest(${MONDAY('day')}, $2::date - 7) AS week, chunk, bits FROM active_bits WHERE workspace_id = $1 AND day < ($3::timestamptz AT TIME ZONE 'UTC')::date
    UNION ALL
    SELECT greatest(${MONDAY('day')}, $2::date - 7), user_no / ${USERS_PER_CHUNK}, bit_or(set_bit(${NONE}, user_no % ${USERS_PER_CHUNK}, 1)) FROM tail WHERE user_no IS NOT NULL GROUP BY 1, 2
  ) every GROUP BY week, chunk
),
fresh AS MATERIALIZED (
  SELECT week, chunk, bits & ~coalesce(${MERGED} OVER (PARTITION BY chunk ORDER BY week ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), ${NONE}) AS bits FROM bits
),
unnumbered AS MATERIALIZED (SELECT DISTINCT user_id, ${MONDAY('day')} AS week, min(${MONDAY('day')}) OVER (PARTITION BY user_id) AS first FROM tail WHERE user_no IS NULL),
weeks AS (SELECT generate_series($2::date, ($3::timestamptz AT TIME ZONE 'UTC')::date - 7, interval '7 days')::date AS week)
SELECT to_char(c.week, 'YYYY-MM-DD') AS cohort, to_char(a.week, 'YYYY-MM-DD') AS week,
  coalesce((SELECT sum(bit_count(f.bits & b.bits)) FROM fresh f JOIN bits b ON b.chunk = f.chunk AND b.week = a.week WHERE f.week = c.week), 0)
  + (SELECT count(*) FROM unnumbered u WHERE u.first = c.week AND u.week = a.week) AS users,
  (SELECT count(*) FROM dirty) AS dirty, statement_timestamp() AS at
FROM weeks c JOIN weeks a ON a.week >= c.week ORDER BY c.week, a.week`;

interface Row {
  cohort: string;
  week: string;
  users: string;
  dirty: string;
  at: Date;
}

/** A row for each week's new users, and how many of them came back in each later week. */
export async function retentionOf(runner: QueryRunner, workspaceId: string, weeks: number, now: number): Promise<Retention> {
  const date = new Date(now);
  const monday = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  const first = new Date(monday - (weeks - 1) * 7 * 86_400_000);
  const rows = (await runner.query(COHORTS, [workspaceId, first.toISOString().slice(0, 10), new Date(monday + 7 * 86_400_000)])) as [Row, ...Row[]];
  const cohorts = [...Map.groupBy(rows, ({ cohort }) => cohort)].map(([week, members]) => {
    const active = members.map(({ users }) => Number(users));
    return { week, users: active[0] ?? 0, active };
  });
  return { cohorts, meta: metaOf(Number(rows[0].dirty), rows[0].at, now) };
}
