import type { QueryRunner } from 'typeorm';
import { activeUsers } from './active-users-sql';
import { dirtyBuckets } from './rollup-sql';

/** How many days each window spans that ends with a day. */
const WINDOWS = { dau: 1, wau: 7, mau: 30 } as const;
const LONGEST_DAYS = 30;
const DAY_MS = 86_400_000;
const columns = Object.entries(WINDOWS);
const names = Object.keys(WINDOWS).join(', ');
const inWindow = (days: number): string => `FILTER (WHERE day > d.day - ${days})`;
const startOf = (day: string): string => `(${day})::timestamp AT TIME ZONE 'UTC'`;

/** Only grows, and does whenever the bits of a day's longest window may have changed: the same number means the same users. */
const generationOf = (day: string): string => `((SELECT coalesce(max(generation), 0) FROM workspace_state WHERE workspace_id = $1)
  + (SELECT coalesce(sum(generation), 0) FROM rollup_days WHERE workspace_id = $1 AND day > ${day} - ${LONGEST_DAYS} AND day <= ${day}))::bigint`;
const CLEAN = `NOT EXISTS (SELECT FROM dirty b WHERE b.bucket >= ${startOf(`d.day - ${LONGEST_DAYS - 1}`)} AND b.bucket < ${startOf('d.day + 1')})`;

/**
 * $1 the workspace; $2 lies 29 days before $4, the first day that is asked for; $3 the end. The CTEs `dirty`, `days`: each day with what is kept of it
 * and still holds; `counted`: those of which nothing is.
 */
const DAYS = `WITH ${dirtyBuckets('$1', '$2::timestamptz', '$3::timestamptz')},
days AS MATERIALIZED (
  SELECT d.day, ${names} FROM (SELECT generate_series($4::timestamptz AT TIME ZONE 'UTC', ($3::timestamptz AT TIME ZONE 'UTC') - interval '1 day', interval '1 day')::date AS day) d
  LEFT JOIN LATERAL (SELECT ${names} FROM active_days k WHERE k.workspace_id = $1 AND k.day = d.day AND k.generation = ${generationOf('d.day')} AND ${CLEAN}) k ON true
),
${activeUsers('$1', '$2::timestamptz', '$3::timestamptz', `day > (SELECT min(day) FROM days WHERE mau IS NULL) - ${LONGEST_DAYS}`)},
counted AS (
  SELECT d.day, ${columns.map(([name]) => `(known.${name} + unknown.${name})::int AS ${name}`).join(', ')} FROM days d
  CROSS JOIN LATERAL (
    SELECT ${columns.map(([name]) => `coalesce(sum(bit_count(${name})), 0) AS ${name}`).join(', ')}
    FROM (SELECT ${columns.map(([name, days]) => `bit_or(bits) ${inWindow(days)} AS ${name}`).join(', ')} FROM bits WHERE day > d.day - ${LONGEST_DAYS} AND day <= d.day GROUP BY chunk) c
  ) known
  CROSS JOIN LATERAL (
    SELECT ${columns.map(([name, days]) => `count(DISTINCT user_id) ${inWindow(days)} AS ${name}`).join(', ')} FROM newcomers WHERE day > d.day - ${LONGEST_DAYS} AND day <= d.day
  ) unknown
  WHERE d.mau IS NULL
)`;

const READ = `${DAYS}
SELECT to_char(day, 'YYYY-MM-DD') AS day, ${names}, (SELECT count(*) FROM dirty) AS dirty, statement_timestamp() AS at
FROM (SELECT day, ${names} FROM days WHERE mau IS NOT NULL UNION ALL SELECT day, ${names} FROM counted) a ORDER BY a.day`;

const KEEP = `${DAYS}
INSERT INTO active_days (workspace_id, day, generation, ${names}) SELECT $1, d.day, ${generationOf('d.day')}, ${names} FROM counted d WHERE ${CLEAN}
ON CONFLICT (workspace_id, day) DO UPDATE SET generation = excluded.generation, ${columns.map(([name]) => `${name} = excluded.${name}`).join(', ')}`;

interface DaySpan {
  from: Date;
  to: Date;
}

/** The days on which somebody counts for a day of `[from, to)`. */
export const activeWindowsOf = ({ from, to }: DaySpan): DaySpan => ({ from: new Date(from.getTime() - (LONGEST_DAYS - 1) * DAY_MS), to });

const parameters = (workspaceId: string, span: DaySpan): unknown[] => [workspaceId, activeWindowsOf(span).from, span.to, span.from];

/** A day (of UTC, 2026-01-31) and how many distinct users the windows of 1, 7 and 30 days have that end with it; `dirty` and `at` are of the whole answer. */
export type ActiveDay = { day: string; dirty: string; at: Date } & Record<keyof typeof WINDOWS, number>;

/** The active users of each day of `[from, to)`, whole days of UTC: exact and fresh. Days that are kept cost a look at their generation. */
export const readActiveDays = (runner: QueryRunner, workspaceId: string, span: DaySpan): Promise<ActiveDay[]> => runner.query(READ, parameters(workspaceId, span)) as Promise<ActiveDay[]>;

/** Keeps the counts of the days of `[from, to)` that are not kept as they are, or no more so; a day whose rollups are behind is left for later. */
export const keepActiveDays = (runner: QueryRunner, workspaceId: string, span: DaySpan): Promise<void> => runner.query(KEEP, parameters(workspaceId, span)) as Promise<void>;
