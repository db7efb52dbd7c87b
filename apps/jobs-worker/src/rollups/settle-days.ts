import { addedUp, DAY_COLUMNS, dayRows, inWorkspace, ROLLUP_VALUES } from '@shadower/database';
import { BUCKET_SECONDS } from '@shadower/domain';
import type { DataSource, QueryRunner } from 'typeorm';

const BUCKETS_A_DAY = 96;
/** A bucket is settled when it has been over for so long: events that come later than that cost the day a new start. */
const GRACE_MS = 15 * 60_000;

/** What the day's rows hold, and up to where they may: before the first bucket that is dirty or not over yet. $2: all buckets before it are over. */
const OPEN_DAYS = `
SELECT o.day::text, o.settled, o.until::int FROM (
  SELECT s.day, s.settled, least(${BUCKETS_A_DAY}, floor(extract(epoch FROM least($2::timestamptz, (
    SELECT min(d.bucket) FROM dirty_buckets d WHERE d.workspace_id = $1 AND d.bucket >= s.day::timestamp AT TIME ZONE 'UTC' AND d.bucket < (s.day + 1)::timestamp AT TIME ZONE 'UTC'
  )) - s.day::timestamp AT TIME ZONE 'UTC') / ${BUCKET_SECONDS})) AS until
  FROM rollup_days s WHERE s.workspace_id = $1 AND s.settled < ${BUCKETS_A_DAY}
) o WHERE o.until > o.settled ORDER BY o.day DESC`;

const FRESH = `fresh AS MATERIALIZED (${dayRows('$1', '$3::timestamptz', '$4::timestamptz')})`;
const VALUES = ROLLUP_VALUES.join(', ');
const INSERT = `INSERT INTO rollup_day_dim (${DAY_COLUMNS.join(', ')})`;

const BEGIN = `WITH ${FRESH} ${INSERT} SELECT $1, $2::date, dimension, key, ${VALUES} FROM fresh`;
const GO_ON = `WITH ${FRESH},
parts AS MATERIALIZED (
  SELECT dimension, key, ${VALUES} FROM fresh
  UNION ALL SELECT r.dimension, r.key, ${ROLLUP_VALUES.map((column) => `r.${column}`).join(', ')} FROM rollup_day_dim r JOIN fresh f ON f.dimension = r.dimension AND f.key = r.key WHERE r.workspace_id = $1 AND r.day = $2::date
)
${INSERT} SELECT $1, $2::date, dimension, key, ${VALUES} FROM (${addedUp('parts', 'dimension, key')}) a
ON CONFLICT (workspace_id, day, dimension, key) DO UPDATE SET ${ROLLUP_VALUES.map((column) => `${column} = excluded.${column}`).join(', ')}`;

/**
 * Brings `rollup_day_dim` of one workspace up to the buckets that are over and clean, a day a transaction, the newest day first; ends early
 * when `stop` says so. The hot path never does this: until then, reads look at the raw events of what is not settled. Gives the days that went on.
 * `withLast` runs in the transaction of the last day, under its lock: a day stays open, and is come back to, until that is done.
 */
export async function settleDays(dataSource: DataSource, workspaceId: string, now: Date, stop: () => boolean = () => false, withLast?: (runner: QueryRunner) => Promise<void>): Promise<string[]> {
  const over = new Date(now.getTime() - GRACE_MS);
  const settled: string[] = [];
  const open: { day: string }[] = await inWorkspace(dataSource, workspaceId, (runner) => runner.query(OPEN_DAYS, [workspaceId, over]));
  for (const { day } of open) {
    if (stop()) break;
    const went = await inWorkspace(dataSource, workspaceId, async (runner) => {
      const moved = await settleDay(runner, workspaceId, day, over);
      if (day === open.at(-1)?.day) await withLast?.(runner);
      return moved;
    });
    if (went) settled.push(day);
  }
  return settled;
}

/** The lock keeps rollups away, so that no mark is taken between the look at the marks and the commit; a mark that comes meanwhile undoes the day. */
async function settleDay(runner: QueryRunner, workspaceId: string, day: string, over: Date): Promise<boolean> {
  await runner.query('SELECT 1 FROM workspace_state WHERE workspace_id = $1 FOR UPDATE', [workspaceId]);
  const open: { day: string; settled: number; until: number }[] = await runner.query(OPEN_DAYS, [workspaceId, over]);
  const found = open.find((each) => each.day === day);
  if (!found) return false;
  if (found.settled === 0) await runner.query('DELETE FROM rollup_day_dim WHERE workspace_id = $1 AND day = $2::date', [workspaceId, day]);
  const bucket = (number: number): Date => new Date(Date.parse(day) + number * BUCKET_SECONDS * 1_000);
  await runner.query(found.settled === 0 ? BEGIN : GO_ON, [workspaceId, day, bucket(found.settled), bucket(found.until)]);
  await runner.query('UPDATE rollup_days SET settled = $3 WHERE workspace_id = $1 AND day = $2::date', [workspaceId, day, found.until]);
  return true;
}
