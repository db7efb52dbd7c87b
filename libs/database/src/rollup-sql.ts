import { BUCKET_SECONDS } from '@shadower/domain';

export const BUCKET = `interval '${BUCKET_SECONDS} seconds'`;

/** The bucket of an expression of type timestamptz; the same as `bucketOf` of the domain. */
export const bucketOfTime = (time: string): string => `date_bin(${BUCKET}, ${time}, timestamptz '2000-01-01 00:00:00+00')`;

/** Users are numbered by workspace; user n is bit n % USERS_PER_CHUNK of chunk n / USERS_PER_CHUNK of `active_bits`. */
export const USERS_PER_CHUNK = 32_768;

/** Bins a power of two of a duration is cut into: a percentile read from the histogram is off by 4.5 % at most. */
export const DURATION_BINS_PER_DOUBLING = 8;
/**
 * Bin n holds the durations in (2^((n-1)/8), 2^(n/8)] ms; bin 0 all up to 1 ms. Counts of a bin can be added, so percentiles of any span come from sums.
 * 1e-12 is more than the logarithm of a power of two is off (2^29 would be one bin too high) and less than any other duration is above a bound.
 */
const DURATION_BIN = `CASE WHEN e.duration_ms <= 1 THEN 0 WHEN e.duration_ms > 1 THEN ceil(${DURATION_BINS_PER_DOUBLING} * ln(e.duration_ms::float8) / ln(2::float8) - 1e-12::float8)::int END`;

/** An event that ends an execution counts as a success unless it says otherwise. */
const FINISHED = `e.type IN ('execution.completed', 'execution.failed')`;
const SUCCEEDED = `e.type = 'execution.completed' AND coalesce(e.status, 'succeeded') = 'succeeded'`;

/** The columns of `rollup_15m`, in the order in which `rollupRows` gives them. */
export const ROLLUP_COLUMNS = [
  'workspace_id',
  'bucket',
  'kind',
  'events',
  'succeeded',
  'failed',
  'credits',
  'context_tokens',
  'generated_tokens',
  'duration_ms_sum',
  'duration_count',
  'duration_bins',
  'duration_counts',
] as const;
/** What they measure. */
export const ROLLUP_VALUES = ROLLUP_COLUMNS.filter((column) => !['workspace_id', 'bucket', 'kind'].includes(column));

const SUMS = ['events', 'succeeded', 'failed', 'credits', 'context_tokens', 'generated_tokens', 'duration_ms_sum'];
const sum = (column: string): string => `sum(p.${column}) AS ${column}`;

/**
 * SELECT of what some events amount to, a row for each group: the ONE definition of every figure that a rollup keeps.
 * `by` names the columns that group them, each as SQL over `e`; `events` is the FROM clause (with `events e`) and its WHERE.
 */
export const measured = (by: Record<string, string>, events: string): string => {
  const names = Object.keys(by).map((name) => `p.${name}`);
  return `
SELECT ${names.join(', ')}, ${SUMS.map(sum).join(', ')},
  coalesce(sum(p.events) FILTER (WHERE p.bin IS NOT NULL), 0) AS duration_count,
  coalesce(array_agg(p.bin ORDER BY p.bin) FILTER (WHERE p.bin IS NOT NULL), '{}') AS duration_bins,
  coalesce(array_agg(p.events ORDER BY p.bin) FILTER (WHERE p.bin IS NOT NULL), '{}') AS duration_counts
FROM (
  SELECT ${Object.entries(by)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(', ')}, ${DURATION_BIN} AS bin, count(*) AS events,
    count(*) FILTER (WHERE ${SUCCEEDED}) AS succeeded,
    count(*) FILTER (WHERE ${FINISHED} AND NOT (${SUCCEEDED})) AS failed,
    coalesce(sum(e.credits), 0) AS credits,
    coalesce(sum(e.context_tokens), 0) AS context_tokens,
    coalesce(sum(e.generated_tokens), 0) AS generated_tokens,
    coalesce(sum(e.duration_ms), 0) AS duration_ms_sum
  FROM ${events}
  GROUP BY ${[...names, 'bin'].map((_, index) => index + 1).join(', ')}
) p
GROUP BY ${names.join(', ')}`;
};

const within = (from: string, to: string): string => `e.time >= ${from} AND e.time < ${to}`;

/**
 * SELECT of the rows of `rollup_15m` of some buckets, computed from the raw events.
 * The worker stores what it gives; a read uses it for buckets that are dirty, so both always agree.
 * `workspace` is an SQL expression (a parameter), `buckets` a relation with a column `bucket`, all of them in [from, to). The two must be plain parameters
 * or literals: only of those does the planner see which days' partitions it may leave alone; all others it opens and locks, every index of each.
 */
export const rollupRows = (workspace: string, buckets: string, from: string, to: string): string => `
SELECT ${workspace}::text AS workspace_id, d.bucket, s.*
FROM ${buckets} d CROSS JOIN LATERAL (${measured({ kind: 'e.type' }, `events e WHERE e.workspace_id = ${workspace} AND ${within(from, to)} AND e.time >= d.bucket AND e.time < d.bucket + ${BUCKET}`)}) s`;

/** SELECT of the distinct (day, user_id) of some buckets, from the raw events; the parameters are those of `rollupRows`. Days are days of UTC. */
export const activeUserRows = (workspace: string, buckets: string, from: string, to: string): string => `
SELECT DISTINCT (d.bucket AT TIME ZONE 'UTC')::date AS day, u.user_id
FROM ${buckets} d CROSS JOIN LATERAL (
  SELECT DISTINCT e.user_id FROM events e
  WHERE e.workspace_id = ${workspace} AND ${within(from, to)} AND e.time >= d.bucket AND e.time < d.bucket + ${BUCKET} AND e.user_id IS NOT NULL
) u`;

/** A CTE `dirty(bucket)`: the buckets of [from, to) whose rollup is behind the raw events. */
export const dirtyBuckets = (workspace: string, from: string, to: string): string =>
  `dirty AS MATERIALIZED (SELECT DISTINCT bucket FROM dirty_buckets WHERE workspace_id = ${workspace} AND bucket >= ${from} AND bucket < ${to})`;

/**
 * The CTEs `dirty` and `facts`: the rollup rows of [from, to), stored where clean and computed where dirty.
 * One statement is one snapshot, so what is read is exact while the worker rolls up beside it. `from` and `to` must be bounds of buckets, and plain as for `rollupRows`.
 */
export const factsOf = (workspace: string, from: string, to: string): string => `${dirtyBuckets(workspace, from, to)},
facts AS (
  SELECT ${ROLLUP_COLUMNS.map((column) => `r.${column}`).join(', ')} FROM rollup_15m r
  WHERE r.workspace_id = ${workspace} AND r.bucket >= ${from} AND r.bucket < ${to} AND NOT EXISTS (SELECT FROM dirty d WHERE d.bucket = r.bucket)
  UNION ALL ${rollupRows(workspace, 'dirty', from, to)}
)`;
