import { factsOf } from '@shadower/database';
import { EVENT_TYPES, type EventType } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from './meta';
import { METRIC_NAMES, METRICS, needsBins, SUMS, type Histogram, type MetricName, type Sums, type Value } from './metric';
import { autoGranularity, GRANULARITIES, stepsOf, timeZone, type Granularity } from './steps';
import { rangeQuery, type TimeRange } from './time-range';

export const metricQuery = rangeQuery.extend({
  metric: z.enum(METRIC_NAMES).meta({ description: 'what to show over time' }),
  granularity: z.enum(['auto', ...GRANULARITIES]).default('auto').meta({ description: 'the length of a point; days, weeks (from Monday) and months are those of `timezone`' }),
  timezone: timeZone.default('UTC').meta({ description: 'IANA time zone, such as Europe/Berlin' }),
  group_by: z.enum(['kind']).optional().meta({ description: 'one series for each type of event' }),
  kind: z.enum(EVENT_TYPES).optional().meta({ description: 'count only events of this type' }),
  compare: z.enum(['previous_period']).optional().meta({ description: 'add the total of the span of the same length before' }),
});
export type MetricQuery = z.infer<typeof metricQuery>;

const value = z.union([z.number(), z.string()]).nullable().meta({ description: 'credits are exact decimals, as strings; null where there is nothing to divide' });
export const metricSchema = named(
  'MetricSeries',
  z.object({
    metric: z.enum(METRIC_NAMES),
    unit: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    granularity: z.enum(GRANULARITIES),
    timezone: z.string(),
    total: value,
    series: z.array(z.object({ kind: z.enum(EVENT_TYPES).nullable(), total: value, points: z.array(z.object({ time: z.iso.datetime(), value })) })),
    comparison: z.object({ from: z.iso.datetime(), to: z.iso.datetime(), total: value, change: z.number().nullable().meta({ description: 'growth against the period before; 0.5 is half more' }) }).optional(),
    meta: metaSchema,
  }),
);
export type MetricSeries = z.infer<typeof metricSchema>;

const FACTS = `WITH ${factsOf('$1', '$2::timestamptz', '$3::timestamptz')}, chosen AS (SELECT width_bucket(bucket, $4::timestamptz[]) AS step, * FROM facts WHERE $5::text IS NULL OR kind = $5)`;
const STATE = '(SELECT count(*) FROM dirty) AS dirty, statement_timestamp() AS at';
const SETS = 'GROUPING SETS ((step, kind), (step), (kind), ())';
/** A row for each step, each kind, each of both, and one for all: whatever a sum is over, it is over the same snapshot. */
const TOTALS = `${FACTS} SELECT step, kind, ${SUMS.map((column) => `coalesce(sum(${column}), 0)::text AS ${column}`).join(', ')}, ${STATE} FROM chosen GROUP BY ${SETS}`;
/** Summed once by step and kind, the finest that is asked for, and from those sums into the coarser ones. */
const BINS = `${FACTS}, counted AS MATERIALIZED (
  SELECT step, kind, bin, sum(n)::bigint AS n FROM (SELECT step, kind, unnest(duration_bins) AS bin, unnest(duration_counts) AS n FROM chosen) b GROUP BY step, kind, bin
)
SELECT step, kind, bin, sum(n)::text AS n FROM counted GROUP BY bin, ${SETS}`;

interface Place {
  step: number | null;
  kind: EventType | null;
}
type TotalRow = Place & Sums & { dirty: string; at: Date };
type BinRow = Place & { bin: number; n: string };
const keyOf = (step: number | null, kind: EventType | null): string => `${step ?? ''} ${kind ?? ''}`;
const NOTHING = Object.fromEntries(SUMS.map((column) => [column, '0'])) as Sums;

/** One metric over the steps of a span, whole or by kind. */
export async function metricSeriesOf(runner: QueryRunner, workspaceId: string, range: TimeRange, query: MetricQuery, now: number): Promise<MetricSeries> {
  const granularity: Granularity = query.granularity === 'auto' ? autoGranularity(range) : query.granularity;
  const bounds = await stepsOf(runner, range, granularity, query.timezone);
  const [from, to] = [bounds[0] as Date, bounds.at(-1) as Date];
  const answer = await read(runner, workspaceId, bounds, query);
  const steps = bounds.slice(0, -1);
  const seriesOf = (kind: EventType | null) => ({ kind, total: answer.valueAt(null, kind), points: steps.map((time, index) => ({ time: time.toISOString(), value: answer.valueAt(index + 1, kind) })) });
  return {
    metric: query.metric,
    unit: METRICS[query.metric].unit,
    from: from.toISOString(),
    to: to.toISOString(),
    granularity,
    timezone: query.timezone,
    total: answer.valueAt(null, null),
    series: query.group_by === 'kind' ? answer.kinds.map(seriesOf) : [seriesOf(null)],
    comparison: query.compare && (await comparisonOf(runner, workspaceId, { from, to }, query, answer.valueAt(null, null))),
    meta: metaOf(answer.dirty, answer.at, now),
  };
}

async function read(runner: QueryRunner, workspaceId: string, bounds: Date[], { metric, kind = null }: { metric: MetricName; kind?: EventType | null }) {
  const parameters = [workspaceId, bounds[0], bounds.at(-1), bounds, kind];
  const rows = (await runner.query(TOTALS, parameters)) as TotalRow[];
  const bins = needsBins(metric) ? ((await runner.query(BINS, parameters)) as BinRow[]) : [];
  const sums = new Map(rows.map((row) => [keyOf(row.step, row.kind), row]));
  const histograms = new Map<string, Histogram>();
  for (const { step, kind: of, bin, n } of bins) histograms.set(keyOf(step, of), (histograms.get(keyOf(step, of)) ?? new Map<number, number>()).set(bin, Number(n)));
  const all = sums.get(keyOf(null, null)) as TotalRow;
  return {
    kinds: rows.flatMap((row) => (row.step === null && row.kind !== null ? row.kind : [])).sort(),
    dirty: Number(all.dirty),
    at: all.at,
    valueAt: (step: number | null, of: EventType | null): Value => METRICS[metric].of(sums.get(keyOf(step, of)) ?? NOTHING, histograms.get(keyOf(step, of)) ?? new Map()),
  };
}

async function comparisonOf(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange, query: MetricQuery, total: Value): Promise<MetricSeries['comparison']> {
  const before = new Date(2 * from.getTime() - to.getTime());
  const previous = (await read(runner, workspaceId, [before, from], query)).valueAt(null, null);
  const change = previous === null || total === null || Number(previous) === 0 ? null : Number(total) / Number(previous) - 1;
  return { from: before.toISOString(), to: from.toISOString(), total: previous, change };
}
