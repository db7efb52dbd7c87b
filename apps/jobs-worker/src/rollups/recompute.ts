import { activeUserRows, changedBucketOf, inWorkspace, ROLLUP_COLUMNS, ROLLUP_VALUES, rollupRows, USERS_PER_CHUNK, type RollupRow } from '@shadower/database';
import { BUCKET_SECONDS, type ChangedBucket } from '@shadower/domain';
import type { DataSource, QueryRunner } from 'typeorm';
import type { RaisedAlert } from '../alerts/alert-row';
import { raiseQuotaAlerts } from '../alerts/raise-quota-alerts';
import { usersToday } from './users-today';

const MARKED = ['(SELECT unnest($2::timestamptz[]) AS bucket)', '$3::timestamptz', '$4::timestamptz'] as const;
/** A pass opens the partitions of all days between its buckets, so they do not lie further apart. */
const SPAN = `interval '31 days'`;
const KEY = ['workspace_id', 'bucket', 'kind'];
const listed = (prefix: string, columns: readonly string[]): string => columns.map((column) => `${prefix}${column}`).join(', ');

/**
 * Marks come and go so fast that the statistics of their table say nothing: it looks empty when it is full of them, and of entries of the index that are
 * dead. A plain scan of the index finds the next bucket in one step and takes note of what is dead; a bitmap reads all of it, for each bucket anew.
 */
const PLAIN_SCANS = 'SET LOCAL enable_bitmapscan = off';
/**
 * The newest buckets below $3 first: those are what people look at. One look into the index finds the next, however many marks a bucket has.
 * Only marks of committed events are seen, and exactly those are deleted.
 * A bucket whose raw events are not kept any more is left as it is: there would be nothing to compute it from.
 * How long a mark waited is told by the clock that set it: this process's may be off, or jump.
 */
const TAKE_MARKS = `
WITH RECURSIVE newest(bucket, since, n) AS (
  (SELECT bucket, bucket - ${SPAN}, 1 FROM dirty_buckets WHERE workspace_id = $1 AND bucket < $3::timestamptz ORDER BY bucket DESC LIMIT 1)
  UNION ALL SELECT d.bucket, newest.since, n + 1 FROM newest
  CROSS JOIN LATERAL (SELECT bucket FROM dirty_buckets WHERE workspace_id = $1 AND bucket < newest.bucket AND bucket > newest.since ORDER BY bucket DESC LIMIT 1) d WHERE n < $2
),
taken AS (
  DELETE FROM dirty_buckets WHERE workspace_id = $1 AND bucket = ANY (ARRAY(SELECT bucket FROM newest)) RETURNING bucket, marked_at
)
SELECT coalesce(array_agg(DISTINCT bucket ORDER BY bucket), '{}') AS buckets, extract(epoch FROM clock_timestamp() - min(marked_at))::float8 * 1000 AS waited_ms,
  (SELECT min(bucket) FROM newest) AS oldest,
  EXISTS (SELECT FROM dirty_buckets WHERE workspace_id = $1 AND bucket < (SELECT min(bucket) FROM newest)) AS beyond FROM taken
WHERE NOT EXISTS (SELECT FROM workspace_state s WHERE s.workspace_id = $1 AND taken.bucket < s.events_from::timestamp AT TIME ZONE 'UTC')`;

/**
 * Stores what the raw events say now, and returns the rows that differ from what stood there; a kind that is gone from its bucket as zeros.
 * NOT IN is a look into a hash table; the planner expects so few rows that it would make a loop in a loop of NOT EXISTS.
 */
const REPLACE = `
WITH fresh AS MATERIALIZED (${rollupRows('$1', ...MARKED)}),
gone AS (
  DELETE FROM rollup_15m r WHERE r.workspace_id = $1 AND r.bucket = ANY ($2::timestamptz[])
    AND (r.bucket, r.kind) NOT IN (SELECT bucket, kind FROM fresh)
  RETURNING r.bucket, r.kind
),
stored AS (
  INSERT INTO rollup_15m AS r (${listed('', ROLLUP_COLUMNS)}) SELECT ${listed('', ROLLUP_COLUMNS)} FROM fresh
  ON CONFLICT (${listed('', KEY)}) DO UPDATE SET ${ROLLUP_VALUES.map((column) => `${column} = excluded.${column}`).join(', ')}
    WHERE (${listed('r.', ROLLUP_VALUES)}) IS DISTINCT FROM (${listed('excluded.', ROLLUP_VALUES)})
  RETURNING r.*
)
SELECT bucket, kind, events, succeeded, failed, credits, context_tokens, generated_tokens FROM stored
UNION ALL SELECT bucket, kind, 0, 0, 0, 0, 0, 0 FROM gone`;

/** Numbers the users who are new to the workspace and sets every active user's bit of the day. The lock on workspace_state makes the numbering safe. */
const SET_ACTIVE = `
WITH active AS MATERIALIZED (${activeUserRows('$1', ...MARKED)}),
newcomers AS MATERIALIZED (
  SELECT DISTINCT a.user_id FROM active a
  WHERE NOT EXISTS (SELECT FROM workspace_users w WHERE w.workspace_id = $1 AND w.user_id = a.user_id)
),
counted AS (
  UPDATE workspace_state SET next_user_no = next_user_no + (SELECT count(*)::int FROM newcomers)
  WHERE workspace_id = $1 AND EXISTS (SELECT FROM newcomers) RETURNING next_user_no
),
added AS (
  INSERT INTO workspace_users (workspace_id, user_id, user_no)
  SELECT $1, n.user_id, c.next_user_no - row_number() OVER (ORDER BY n.user_id DESC) FROM newcomers n, counted c
  RETURNING user_id, user_no
),
numbered AS (
  SELECT a.day, coalesce(w.user_no, n.user_no) AS user_no FROM active a
  LEFT JOIN workspace_users w ON w.workspace_id = $1 AND w.user_id = a.user_id LEFT JOIN added n ON n.user_id = a.user_id
)
INSERT INTO active_bits AS b (workspace_id, day, chunk, bits)
SELECT $1, day, user_no / ${USERS_PER_CHUNK}, bit_or(set_bit(B'0'::bit(${USERS_PER_CHUNK}), user_no % ${USERS_PER_CHUNK}, 1)) FROM numbered GROUP BY 1, 2, 3
ON CONFLICT (workspace_id, day, chunk) DO UPDATE SET bits = b.bits | excluded.bits WHERE b.bits | excluded.bits <> b.bits`;

/**
 * The day's rows by dimension are settled from raw events later and seldom; a bucket that changed among those that they hold undoes them. The
 * generation tells that marks of the day were taken away: answers that were kept under it are not found again.
 */
const UNSETTLE = `
INSERT INTO rollup_days AS s (workspace_id, day, generation) SELECT $1, (bucket AT TIME ZONE 'UTC')::date, 1 FROM unnest($2::timestamptz[]) bucket GROUP BY 2
ON CONFLICT (workspace_id, day) DO UPDATE SET generation = s.generation + 1, settled = CASE
  WHEN EXISTS (SELECT FROM unnest($2::timestamptz[]) b(bucket) WHERE b.bucket >= s.day::timestamp AT TIME ZONE 'UTC' AND b.bucket < s.day::timestamp AT TIME ZONE 'UTC' + s.settled * interval '${BUCKET_SECONDS} seconds')
  THEN 0 ELSE s.settled END`;

/** `usersToday`: the workspace's distinct users of this day (UTC). */
export type Announce = (changed: ChangedBucket[], raised: RaisedAlert[], usersToday: number) => Promise<void>;

/**
 * What one pass did. `busy`: another worker is at this workspace. `buckets`: how many were recomputed, at most the limit; `waitedMs`: how long the first
 * of them had waited at `takenAt`, of `performance.now()`; `oldest`: the last bucket that was looked at; `beyond`: whether marks were left of older ones.
 */
export type Pass = { busy: true } | { busy: false; buckets: number; waitedMs: number; takenAt: number; oldest: Date | null; beyond: boolean };

interface Taken {
  buckets: Date[];
  waited_ms: number | null;
  oldest: Date | null;
  beyond: boolean;
}

/**
 * Recomputes at most `limit` marked buckets of a workspace, the newest of those before `below`, from its raw events, in one transaction: when it fails, the marks are still there.
 * The rows that changed, and the alerts that they gave rise to, are handed to `announce` before the COMMIT, so that they are told at least once;
 * it must not throw nor take long.
 */
export async function recompute(dataSource: DataSource, workspaceId: string, limit: number, announce: Announce, below?: Date): Promise<Pass> {
  const pass = async (runner: QueryRunner): Promise<Pass | 'unknown'> => {
    const held = await lock(runner, workspaceId);
    if (held !== 'mine') return held === 'busy' ? { busy: true } : 'unknown';
    await runner.query(PLAIN_SCANS);
    const [{ buckets, waited_ms, oldest, beyond }]: [Taken] = await runner.query(TAKE_MARKS, [workspaceId, limit, below ?? 'infinity']);
    const taken = { waitedMs: Math.max(0, waited_ms ?? 0), takenAt: performance.now(), oldest, beyond };
    const [first, last] = [buckets[0], buckets.at(-1)];
    if (!first || !last) return { busy: false, buckets: 0, ...taken };
    // Each of these is a later statement, so its snapshot holds every event whose mark was just taken.
    const target = [workspaceId, buckets, first, new Date(last.getTime() + BUCKET_SECONDS * 1_000)];
    const stored: RollupRow[] = await runner.query(REPLACE, target);
    await runner.query(SET_ACTIVE, target);
    await runner.query(UNSETTLE, [workspaceId, buckets]);
    const now = new Date();
    if (stored.length > 0) await announce(stored.map(changedBucketOf), await raiseQuotaAlerts(runner, workspaceId, now), await usersToday(runner, workspaceId, now));
    return { busy: false, buckets: buckets.length, ...taken };
  };
  const first = await inWorkspace(dataSource, workspaceId, pass);
  if (first !== 'unknown') return first;
  // In a transaction of its own, because a second worker's INSERT would wait for the end of this one's.
  await inWorkspace(dataSource, workspaceId, (runner) => runner.query('INSERT INTO workspace_state (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING', [workspaceId]));
  const second = await inWorkspace(dataSource, workspaceId, pass);
  return second === 'unknown' ? { busy: true } : second;
}

/** One worker at a time rolls up a workspace; the others have better things to do than to wait for it. */
async function lock(runner: QueryRunner, workspaceId: string): Promise<'mine' | 'busy' | 'unknown'> {
  const locked: unknown[] = await runner.query('SELECT 1 FROM workspace_state WHERE workspace_id = $1 FOR UPDATE SKIP LOCKED', [workspaceId]);
  if (locked.length > 0) return 'mine';
  const there: unknown[] = await runner.query('SELECT 1 FROM workspace_state WHERE workspace_id = $1', [workspaceId]);
  return there.length > 0 ? 'busy' : 'unknown';
}
