import { z } from 'zod';
import type { MetricName, Value } from '../analytics/metric';

const ratio = z.number().nullable();
/** What an answer tells of an agent's work in a span of time. */
export const agentFigures = {
  events: z.int(),
  executions: z.int().meta({ description: 'finished executions' }),
  succeeded: z.int(),
  failed: z.int().meta({ description: 'finished in any other way: failed, cancelled, timed out' }),
  success_rate: ratio,
  credits: z.string().meta({ description: 'exact decimal' }),
  context_tokens: z.int(),
  generated_tokens: z.int(),
  duration_average: ratio.meta({ description: 'milliseconds' }),
};
export type AgentFigures = z.infer<z.ZodObject<typeof agentFigures>>;
export const FIGURES = Object.keys(agentFigures) as [keyof AgentFigures & MetricName, ...MetricName[]];

/** Each figure is the metric of its name. */
export const figuresOf = (valueOf: (metric: MetricName) => Value): AgentFigures => Object.fromEntries(FIGURES.map((name) => [name, valueOf(name)])) as AgentFigures;
