import { z } from 'zod';
import type { MetricName, Value } from './metric';

/** What answers tell of a time range, each figure the metric of its name. */
export const figures = {
  events: z.int(),
  executions: z.int().meta({ description: 'finished executions' }),
  succeeded: z.int(),
  failed: z.int().meta({ description: 'finished in any other way: failed, cancelled, timed out' }),
  credits: z.string().meta({ description: 'exact decimal' }),
  context_tokens: z.int(),
  generated_tokens: z.int(),
};

/** The figures that `shape` names. */
export const figuresOf = <Shape extends z.ZodRawShape>(shape: Shape, valueOf: (metric: MetricName) => Value): z.infer<z.ZodObject<Shape>> =>
  Object.fromEntries(Object.keys(shape).map((name) => [name, valueOf(name as MetricName)])) as z.infer<z.ZodObject<Shape>>;
