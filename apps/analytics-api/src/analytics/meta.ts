import { currentTraceId } from '@shadower/telemetry';
import { z } from 'zod';
import { named } from '../http/api-doc';

/** What every analytic says of itself. */
export const metaSchema = named(
  'Meta',
  z.object({
    source: z.enum(['rollup', 'rollup+raw']).meta({ description: 'whether some of it was computed from raw events just now; exact either way' }),
    complete_until: z.iso.datetime().meta({ description: 'every event that was acknowledged before this moment is in the answer' }),
    freshness_ms: z.int().meta({ description: 'how long ago that was' }),
    trace_id: z.string().optional(),
  }),
);
export type Meta = z.infer<typeof metaSchema>;

/** `dirty`: how many buckets had to be computed from raw events; `at`: when the snapshot was taken, by the database's clock. */
export const metaOf = (dirty: number, at: Date, now: number): Meta => ({
  source: dirty > 0 ? 'rollup+raw' : 'rollup',
  complete_until: at.toISOString(),
  freshness_ms: Math.max(0, now - at.getTime()),
  trace_id: currentTraceId(),
});
