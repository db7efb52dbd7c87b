import { DIMENSIONS } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { assertMergeable, assertMergeableKeys, assertReadable, dimensionOf, filter } from './break-down';
import { metaOf, metaSchema } from './meta';
import { METRIC_NAMES, METRICS, needsBins, type Value } from './metric';
import { readMetrics, type Asked } from './metric-reader';
import { autoGranularity, GRANULARITIES, stepsOf, timeZone, type Granularity } from './steps';
import { daysOf, rangeQuery, type TimeRange } from './time-range';

export const metricQuery = rangeQuery.extend({
  metric: z.enum(METRIC_NAMES).meta({ description: 'what to show over time' }),
  granularity: z
    .enum(['auto', ...GRANULARITIES])
    .default('auto')
    .meta({ description: 'the length of a point; days, weeks (from Monday) and months are those of `timezone`' }),
  timezone: timeZone.default('UTC').meta({ description: '`UTC` or an IANA time zone with its region, such as Europe/Berlin; no abbreviation, such as CET' }),
  group_by: z.enum(DIMENSIONS).optional().meta({ description: 'one series for each agent, model, user or kind (type) of event' }),
  filter: filter.optional().meta({
    description: 'count only events of one value, such as `agent:greeter`, `model:small`, `user:ann` or `kind:query.run`; of the same dimension as `group_by`',
  }),
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'most series with `group_by`: those with the most of the metric, for ratios and durations with the most events' }),
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
    group_by: z.enum(DIMENSIONS).nullable(),
    total: value,
    series: z.array(
      z.object({
        key: z.string().nullable().meta({ description: 'the agent, model, user or kind; null: events that name none, or all when nothing is grouped' }),
        total: value,
        points: z.array(z.object({ time: z.iso.datetime(), value })),
      }),
    ),
    more: z.int().meta({ description: 'how many series were left out by `limit`' }),
    comparison: z
      .object({
        from: z.iso.datetime(),
        to: z.iso.datetime(),
        total: value,
        change: z.number().nullable().meta({ description: 'growth against the period before; 0.5 is half more' }),
      })
      .optional(),
    meta: metaSchema,
  }),
);
export type MetricSeries = z.infer<typeof metricSchema>;

/** At most how far a step reaches over the span that was asked for, and over the day of UTC. */
const REACH_DAYS: Record<Granularity, number> = { '15m': 1, hour: 1, day: 2, week: 8, month: 32 };

/** The days of UTC that the answer may read, perhaps some more. */
export function readSpanOf(query: MetricQuery, range: TimeRange): TimeRange {
  const reachMs = REACH_DAYS[query.granularity === 'auto' ? autoGranularity(range) : query.granularity] * 86_400_000;
  const [from, to] = [range.from.getTime() - reachMs, range.to.getTime() + reachMs];
  return daysOf({ from: new Date(query.compare ? 2 * from - to : from), to: new Date(to) });
}

/** One metric over the steps of a span, whole or by one dimension. Throws AppError `invalid` for what `assertReadable` and `assertMergeable` refuse. */
export async function metricSeriesOf(runner: QueryRunner, workspaceId: string, range: TimeRange, query: MetricQuery, now: number): Promise<MetricSeries> {
  const dimension = dimensionOf(query.group_by, query.filter);
  const granularity: Granularity = query.granularity === 'auto' ? autoGranularity(range) : query.granularity;
  const bounds = await stepsOf(runner, range, granularity, query.timezone);
  const [from, to] = [bounds[0] as Date, bounds.at(-1) as Date];
  await assertReadable(runner, workspaceId, dimension, bounds);
  if (needsBins(query.metric)) {
    assertMergeable(bounds);
    if (query.group_by) assertMergeableKeys({ from, to }, dimension, query.limit);
  }
  const asked: Asked = { metrics: [query.metric], dimension, key: query.filter?.key, limit: query.limit };
  const answer = await readMetrics(runner, workspaceId, bounds, asked);
  const steps = bounds.slice(0, -1);
  const seriesOf = (key: string | undefined) => ({
    key: key || null,
    total: answer.valueAt(query.metric, null, key),
    points: steps.map((time, index) => ({ time: time.toISOString(), value: answer.valueAt(query.metric, index + 1, key) })),
  });
  const total = answer.valueAt(query.metric, null);
  return {
    ...{
      metric: query.metric,
      unit: METRICS[query.metric].unit,
      from: from.toISOString(),
      to: to.toISOString(),
      granularity,
      timezone: query.timezone,
      group_by: query.group_by ?? null,
      total,
    },
    series: query.group_by ? answer.keys.map(seriesOf) : [seriesOf(undefined)],
    more: query.group_by ? answer.more : 0,
    comparison: query.compare && (await comparisonOf(runner, workspaceId, { from, to }, asked, total)),
    meta: metaOf(answer.raw, answer.at, now),
  };
}

async function comparisonOf(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange, asked: Asked, total: Value): Promise<MetricSeries['comparison']> {
  const before = new Date(2 * from.getTime() - to.getTime());
  await assertReadable(runner, workspaceId, asked.dimension, [before, from]);
  const previous = (await readMetrics(runner, workspaceId, [before, from], asked)).valueAt(asked.metrics[0], null);
  const change = previous === null || total === null || Number(previous) === 0 ? null : Number(total) / Number(previous) - 1;
  return { from: before.toISOString(), to: from.toISOString(), total: previous, change };
}
