import { AppError } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { assertReadable } from '../analytics/break-down';
import { figuresOf } from '../analytics/figures';
import { metaOf, metaSchema } from '../analytics/meta';
import type { MetricName } from '../analytics/metric';
import { readMetrics } from '../analytics/metric-reader';
import { metricQuery } from '../analytics/metric-series';
import { autoGranularity, GRANULARITIES, stepsOf } from '../analytics/steps';
import { rangeOf } from '../analytics/time-range';
import { named } from '../http/api-doc';
import { agentFigures, FIGURES } from './agent-figures';

export const agentAnalyticsQuery = metricQuery.pick({ from: true, to: true, granularity: true, timezone: true });
export type AgentAnalyticsQuery = z.infer<typeof agentAnalyticsQuery>;

const PERCENTILES = ['duration_p50', 'duration_p95', 'duration_p99'] as const satisfies readonly MetricName[];
const percentile = z.number().nullable().meta({ description: 'milliseconds, within 4.5 %' });
export const agentAnalytics = named(
  'AgentAnalytics',
  z.object({
    agent_id: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    granularity: z.enum(GRANULARITIES),
    timezone: z.string(),
    totals: z.object({ ...agentFigures, duration_p50: percentile, duration_p95: percentile, duration_p99: percentile }),
    points: z.array(z.object({ time: z.iso.datetime(), ...agentFigures })),
    meta: metaSchema,
  }),
);
export type AgentAnalytics = z.infer<typeof agentAnalytics>;

/** What one agent did, in all and over time. Throws AppError `not_found` when it did nothing in the span, `invalid` as metrics do. */
export async function agentAnalyticsOf(runner: QueryRunner, workspaceId: string, agentId: string, query: AgentAnalyticsQuery, now: number): Promise<AgentAnalytics> {
  const range = rangeOf(query, now);
  const granularity = query.granularity === 'auto' ? autoGranularity(range) : query.granularity;
  const bounds = await stepsOf(runner, range, granularity, query.timezone);
  await assertReadable(runner, workspaceId, 'agent', bounds);
  const answer = await readMetrics(runner, workspaceId, bounds, {
    metrics: [...FIGURES, ...PERCENTILES],
    dimension: 'agent',
    key: agentId,
    limit: 1,
  });
  if (answer.keys.length === 0) throw new AppError('not_found', 'The agent has no events in that time range.');
  const durations = Object.fromEntries(PERCENTILES.map((name) => [name, answer.valueAt(name, null)])) as Record<(typeof PERCENTILES)[number], number | null>;
  return {
    agent_id: agentId,
    from: (bounds[0] as Date).toISOString(),
    to: (bounds.at(-1) as Date).toISOString(),
    granularity,
    timezone: query.timezone,
    totals: { ...figuresOf(agentFigures, (metric) => answer.valueAt(metric, null)), ...durations },
    points: bounds.slice(0, -1).map((time, index) => ({ time: time.toISOString(), ...figuresOf(agentFigures, (metric) => answer.valueAt(metric, index + 1)) })),
    meta: metaOf(answer.raw, answer.at, now),
  };
}
