import { steppedFacts } from '@shadower/database';
import type { Dimension } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { METRICS, needsBins, rankOf, SUMS, type Histogram, type MetricName, type Sums, type Value } from './metric';

const facts = (dimension: Dimension): string => `WITH ${steppedFacts(dimension, { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: '$4::timestamptz[]', key: '$5::text' })}`;
const SETS = 'GROUPING SETS ((step, key), (step), (key), ())';
/** How much of it was computed from raw events. */
const RAW = (dimension: Dimension): string => (dimension === 'kind' ? '(SELECT count(*) FROM dirty)' : '(SELECT count(*) FROM spans WHERE open_from < open_until)');

/**
 * A row for each step, each key, each of both, and one for all: whatever a sum is over, it is over the same snapshot. Only the first keys by
 * rank ($6: how many) keep their name; the others are one, NULL. They are summed to the finest first, and from those sums into the coarser.
 */
const totals = (dimension: Dimension, rank: string): string => `${facts(dimension)},
keyed AS MATERIALIZED (SELECT step, key, ${SUMS.map((column) => `sum(${column}) AS ${column}`).join(', ')} FROM facts GROUP BY step, key),
ranked AS (SELECT key, row_number() OVER (ORDER BY rank DESC, key) AS place FROM (SELECT key, sum(${rank}) AS rank FROM keyed GROUP BY key) k),
named AS (SELECT k.step, r.key, k.${SUMS.join(', k.')} FROM keyed k LEFT JOIN ranked r ON r.key = k.key AND r.place <= $6)
SELECT step, key, GROUPING(key) = 1 AS all_keys, ${SUMS.map((column) => `coalesce(sum(n.${column}), 0)::text AS ${column}`).join(', ')}, (SELECT min(place) FROM ranked r WHERE r.key = n.key) AS place,
  (SELECT count(*) FROM ranked) AS keys, ${RAW(dimension)} AS raw, statement_timestamp() AS at
FROM named n GROUP BY ${SETS}`;
/** $6: the keys that are shown; `counted`: the rows of which histograms are merged, an expression for their key among them. */
const bins = (dimension: Dimension, counted = 'SELECT *, CASE WHEN key = ANY ($6::text[]) THEN key END AS shown FROM facts'): string => `${facts(dimension)}, counted AS MATERIALIZED (
  SELECT step, key, bin, sum(n)::bigint AS n FROM (SELECT step, shown AS key, unnest(duration_bins) AS bin, unnest(duration_counts) AS n FROM (${counted}) f) b GROUP BY step, key, bin
)
SELECT step, key, GROUPING(key) = 1 AS all_keys, bin, sum(n)::text AS n FROM counted GROUP BY bin, ${SETS}`;

/** Of keys that may be a million, such as users, only the histograms of those shown are merged. */
const BINS_OF_SHOWN = 'SELECT *, key AS shown FROM facts WHERE key = ANY ($6::text[])';

interface Place {
  step: number | null;
  key: string | null;
  all_keys: boolean;
}
type TotalRow = Place & Sums & { place: string | null; keys: string; raw: string; at: Date };
type BinRow = Place & { bin: number; n: string };
/** The rows of the keys that are not shown have no place. */
const isShown = ({ key, all_keys }: Place): boolean => key !== null || all_keys;
const placeOf = ({ step, key }: Pick<Place, 'step' | 'key'>): string => JSON.stringify([step, key]);
const NOTHING = Object.fromEntries(SUMS.map((column) => [column, '0'])) as Sums;

export interface Asked {
  /** Which; the first ranks the keys. */
  metrics: readonly [MetricName, ...MetricName[]];
  dimension: Dimension;
  /** The one value to look at; without: all. */
  key?: string;
  /** Most keys to show. */
  limit: number;
}

export interface MetricAnswer {
  /** Those shown, by rank; '' is what names none. */
  keys: string[];
  /** How many there are beside them. */
  more: number;
  raw: number;
  at: Date;
  /** Of a step (from 1) or all, of a key or all. */
  valueAt: (metric: MetricName, step: number | null, key?: string) => Value;
}

/** The histograms of the keys that are shown, and of all: those are the same by whatever they are broken down, and there are but a few kinds. */
async function readBins(runner: QueryRunner, { dimension, key }: Asked, parameters: unknown[], keys: string[]): Promise<BinRow[]> {
  const rows = async (statement: string, shown: string[]): Promise<BinRow[]> => (await runner.query(statement, [...parameters, shown])) as BinRow[];
  if (dimension === 'kind' || key !== undefined) return (await rows(bins(dimension), keys)).filter(isShown);
  const ofKeys = (await rows(bins(dimension, BINS_OF_SHOWN), keys)).filter(({ all_keys }) => !all_keys);
  return [...ofKeys, ...(await rows(bins('kind'), [])).filter(isShown)];
}

/** Metrics over the steps between `bounds`, with the keys of one dimension that have the most of the first. */
export async function readMetrics(runner: QueryRunner, workspaceId: string, bounds: Date[], asked: Asked): Promise<MetricAnswer> {
  const { metrics, dimension, key, limit } = asked;
  const parameters = [workspaceId, bounds[0], bounds.at(-1), bounds, key ?? null];
  const rows = ((await runner.query(totals(dimension, rankOf(metrics[0])), [...parameters, limit])) as TotalRow[]).filter(isShown);
  const sums = new Map(rows.map((row) => [placeOf(row), row]));
  const keys = rows
    .filter((row) => row.step === null && row.key !== null)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((row) => row.key as string);
  const histograms = new Map<string, Histogram>();
  for (const row of metrics.some(needsBins) ? await readBins(runner, asked, parameters, keys) : []) {
    const histogram = histograms.get(placeOf(row)) ?? new Map<number, number>();
    histograms.set(placeOf(row), histogram.set(row.bin, Number(row.n)));
  }
  const all = sums.get(placeOf({ step: null, key: null })) as TotalRow;
  const valueAt = (metric: MetricName, step: number | null, of?: string): Value => {
    const place = placeOf({ step, key: of ?? null });
    return METRICS[metric].of(sums.get(place) ?? NOTHING, histograms.get(place) ?? new Map());
  };
  return { keys, more: Number(all.keys) - keys.length, raw: Number(all.raw), at: all.at, valueAt };
}
