/**
 * What rollups must say, computed from the raw events by SQL of its own: written apart from the product's definition, so that a mistake there is seen here.
 * Every query takes $1, the workspace, and gives one row: for each column of the table, how many rows differ from the events in it.
 */

/** Durations up to a bin's upper bound, 2^(n/8) ms, are below its threshold here; `width_bucket` counts the thresholds that a duration reaches. */
const BINS = 8 * 35;
const THRESHOLDS = `ARRAY[${Array.from({ length: BINS + 1 }, (_, n) => Math.floor(2 ** (n / 8)) + 1).join(', ')}]::bigint[]`;

const FIGURES: Record<string, string> = {
  events: 'count(*)',
  succeeded: `count(*) FILTER (WHERE type = 'execution.completed' AND (status IS NULL OR status = 'succeeded'))`,
  failed: `count(*) FILTER (WHERE type = 'execution.failed' OR (type = 'execution.completed' AND status <> 'succeeded'))`,
  credits: 'coalesce(sum(credits), 0)',
  context_tokens: 'coalesce(sum(context_tokens), 0)',
  generated_tokens: 'coalesce(sum(generated_tokens), 0)',
  duration_ms_sum: 'coalesce(sum(duration_ms), 0)',
  duration_count: 'count(duration_ms)',
};

/** The columns of `rollup_15m` and of `rollup_day_dim` that are no key. */
export const VALUE_COLUMNS: readonly string[] = [...Object.keys(FIGURES), 'duration_bins', 'duration_counts'];

/** `keyed`: SELECT of events with the columns `keys`; `kept`: SELECT of the rows that are kept of them. */
const differing = (keys: string, keyed: string, kept: string): string => `
WITH keyed AS MATERIALIZED (${keyed}),
sums AS (SELECT ${keys}, ${Object.entries(FIGURES).map(([name, sql]) => `${sql} AS ${name}`).join(', ')} FROM keyed GROUP BY ${keys}),
binned AS (SELECT ${keys}, width_bucket(duration_ms, ${THRESHOLDS}) AS bin, count(*) AS n FROM keyed WHERE duration_ms IS NOT NULL GROUP BY ${keys}, bin),
bins AS (SELECT ${keys}, array_agg(bin ORDER BY bin) AS duration_bins, array_agg(n ORDER BY bin) AS duration_counts FROM binned GROUP BY ${keys}),
truth AS (SELECT ${keys}, ${Object.keys(FIGURES).join(', ')}, coalesce(duration_bins, '{}') AS duration_bins, coalesce(duration_counts, '{}') AS duration_counts FROM sums LEFT JOIN bins USING (${keys})),
kept AS (${kept})
SELECT coalesce(sum(greatest(coalesce(t.events, 0) - coalesce(k.events, 0), 0)), 0)::int AS missing,
  coalesce(sum(greatest(coalesce(k.events, 0) - coalesce(t.events, 0), 0)), 0)::int AS surplus,
  ${VALUE_COLUMNS.map((column) => `(count(*) FILTER (WHERE t.${column} IS DISTINCT FROM k.${column}))::int AS ${column}`).join(',\n  ')}
FROM truth t FULL JOIN kept k USING (${keys})`;

const DAY = `(e.time AT TIME ZONE 'UTC')::date`;

export const BUCKETS = differing('bucket, kind', `SELECT date_bin('15 minutes', e.time, '2000-01-01Z') AS bucket, e.type AS kind, e.* FROM events e WHERE e.workspace_id = $1`, 'SELECT * FROM rollup_15m WHERE workspace_id = $1');

/** Only the settled part of a day is kept by dimension. */
export const DAYS = differing(
  'day, dimension, key',
  `SELECT s.day, v.dimension, v.key, e.* FROM events e JOIN rollup_days s ON s.workspace_id = $1 AND s.day = ${DAY} AND e.time < s.day::timestamp AT TIME ZONE 'UTC' + s.settled * interval '15 minutes'
  CROSS JOIN LATERAL (VALUES ('agent', coalesce(e.agent_id, '')), ('kind', e.type), ('model', coalesce(e.model, '')), ('user', coalesce(e.user_id, ''))) v(dimension, key) WHERE e.workspace_id = $1`,
  'SELECT r.* FROM rollup_day_dim r JOIN rollup_days s USING (workspace_id, day) WHERE r.workspace_id = $1 AND s.settled > 0',
);

const ACTIVE = `active AS MATERIALIZED (SELECT DISTINCT ${DAY} AS day, e.user_id FROM events e WHERE e.workspace_id = $1 AND e.user_id IS NOT NULL)`;

/** `days`: those of events of which no rollup knows. */
export const ACTIVE_BITS = `
WITH ${ACTIVE},
truth AS (SELECT day, count(*) AS n FROM active GROUP BY 1),
kept AS (SELECT day, sum(bit_count(bits)) AS n FROM active_bits WHERE workspace_id = $1 GROUP BY 1)
SELECT (count(*) FILTER (WHERE t.n IS DISTINCT FROM k.n))::int AS bits,
  (SELECT count(DISTINCT ${DAY}) FROM events e WHERE e.workspace_id = $1 AND ${DAY} NOT IN (SELECT day FROM rollup_days WHERE workspace_id = $1))::int AS days
FROM truth t FULL JOIN kept k USING (day)`;

const windowOf = (days: number): string => `(SELECT count(DISTINCT user_id) FROM active a WHERE a.day > k.day - ${days} AND a.day <= k.day)`;

/** `missing`: days before today that have active users, and whose numbers are not kept. */
export const ACTIVE_DAYS = `
WITH ${ACTIVE}, k AS (SELECT * FROM active_days WHERE workspace_id = $1)
SELECT ${Object.entries({ dau: 1, wau: 7, mau: 30 }).map(([name, days]) => `(SELECT count(*) FROM k WHERE k.${name} <> ${windowOf(days)})::int AS ${name}`).join(', ')},
  (SELECT count(DISTINCT day) FROM active WHERE day < (now() AT TIME ZONE 'UTC')::date AND day NOT IN (SELECT day FROM k))::int AS missing`;
