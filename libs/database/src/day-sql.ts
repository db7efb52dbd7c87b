import type { Dimension } from '@shadower/domain';
import { BUCKET, dirtyBuckets, measured, ROLLUP_VALUES, rollupRows } from './rollup-sql';

/** The columns of `rollup_day_dim`. */
export const DAY_COLUMNS = ['workspace_id', 'day', 'dimension', 'key', ...ROLLUP_VALUES] as const;

/** What of an event each dimension looks at. The rows of a dimension are a partition of all events: '' (which no id can be) keeps those that name nothing. */
const KEYS: Record<Dimension, string> = {
  agent: `coalesce(e.agent_id, '')`,
  kind: 'e.type',
  model: `coalesce(e.model, '')`,
  user: `coalesce(e.user_id, '')`,
};
const EACH_KEY = `LATERAL (VALUES ${Object.entries(KEYS)
  .map(([dimension, key]) => `('${dimension}', ${key})`)
  .join(', ')}) v(dimension, key)`;

/** SELECT of (dimension, key, figures) of the raw events of `[from, until)`, plain parameters or literals: one row a value, never a cube. */
export const dayRows = (workspace: string, from: string, until: string): string =>
  measured({ dimension: 'v.dimension', key: 'v.key' }, `events e CROSS JOIN ${EACH_KEY} WHERE e.workspace_id = ${workspace} AND e.time >= ${from} AND e.time < ${until}`);

const SUMS = ROLLUP_VALUES.filter((column) => column !== 'duration_bins' && column !== 'duration_counts');

/** SELECT of the sums, histograms too, of a relation's rows that agree in the columns `by`. */
export const addedUp = (relation: string, by: string): string => `
SELECT * FROM (SELECT ${by}, ${SUMS.map((column) => `sum(${column}) AS ${column}`).join(', ')} FROM ${relation} GROUP BY ${by}) s
JOIN (
  SELECT ${by}, coalesce(array_agg(bin ORDER BY bin) FILTER (WHERE bin IS NOT NULL), '{}') AS duration_bins, coalesce(array_agg(n ORDER BY bin) FILTER (WHERE bin IS NOT NULL), '{}') AS duration_counts
  FROM (SELECT ${by}, bin, sum(n) AS n FROM ${relation} LEFT JOIN LATERAL unnest(duration_bins, duration_counts) u(bin, n) ON true GROUP BY ${by}, bin) b GROUP BY ${by}
) h USING (${by})`;

/**
 * The CTEs `dirty`, `spans` and `facts`: what happened in the steps between `bounds` (an ascending timestamptz[] of bounds of buckets, `from` and
 * `to` its ends, plain parameters or literals), as rows (step from 1, key, figures), several for one step and key. A day of UTC that lies within one step is read from
 * `rollup_day_dim` as far as it is settled; the rest by kind from the 15-minute rollups, where dirty from raw events, and else from raw events.
 * One statement is one snapshot: exact, while the worker rolls up and settles beside it. `key`: a value to look at alone, or NULL.
 */
export const steppedFacts = (dimension: Dimension, { workspace, from, to, bounds, key }: { workspace: string; from: string; to: string; bounds: string; key: string }): string => {
  const stepOf = (time: string): string => `width_bucket(${time}, ${bounds})`;
  const values = (alias: string): string => ROLLUP_VALUES.map((column) => `${alias}.${column}`).join(', ');
  const wanted = (expression: string): string => `(${key} IS NULL OR ${expression} = ${key})`;
  const unsettledKinds = `
  SELECT ${stepOf('r.bucket')}, r.kind, ${values('r')} FROM spans p CROSS JOIN LATERAL (
    SELECT * FROM rollup_15m r WHERE r.workspace_id = ${workspace} AND r.bucket >= p.open_from AND r.bucket < p.open_until AND NOT EXISTS (SELECT FROM dirty d WHERE d.bucket = r.bucket)
  ) r WHERE ${wanted('r.kind')}
  UNION ALL SELECT ${stepOf('r.bucket')}, r.kind, ${values('r')} FROM (${rollupRows(workspace, 'dirty', from, to)}) r WHERE ${wanted('r.kind')}`;
  const unsettledEvents = `
  SELECT r.step, r.key, ${values('r')} FROM spans p CROSS JOIN LATERAL (${measured(
    { step: stepOf('e.time'), key: KEYS[dimension] },
    `events e WHERE e.workspace_id = ${workspace} AND e.time >= ${from} AND e.time < ${to} AND e.time >= p.open_from AND e.time < p.open_until AND ${wanted(KEYS[dimension])}`,
  )}) r`;
  return `${dirtyBuckets(workspace, from, to)},
spans AS MATERIALIZED (
  SELECT d.begins, (d.begins AT TIME ZONE 'UTC')::date AS day, s.settled IS NOT NULL AS kept,
    greatest(${from}, d.begins + coalesce(s.settled, 0) * ${BUCKET}) AS open_from, least(${to}, d.begins + interval '24 hours') AS open_until
  FROM generate_series(date_trunc('day', ${from}, 'UTC'), ${to} - interval '1 microsecond', interval '24 hours') d(begins)
  LEFT JOIN rollup_days s ON s.workspace_id = ${workspace} AND s.day = (d.begins AT TIME ZONE 'UTC')::date AND s.settled > 0
    AND d.begins >= ${from} AND d.begins + interval '24 hours' <= ${to} AND ${stepOf('d.begins')} = ${stepOf(`d.begins + interval '24 hours' - interval '1 microsecond'`)}
    AND NOT EXISTS (SELECT FROM dirty m WHERE m.bucket >= d.begins AND m.bucket < d.begins + s.settled * ${BUCKET})
),
facts(step, key, ${ROLLUP_VALUES.join(', ')}) AS (
  SELECT ${stepOf('p.begins')}, r.key, ${values('r')} FROM spans p
  JOIN rollup_day_dim r ON r.workspace_id = ${workspace} AND r.day = p.day AND r.dimension = '${dimension}' WHERE p.kept AND ${wanted('r.key')}
  UNION ALL ${dimension === 'kind' ? unsettledKinds : unsettledEvents}
)`;
};
