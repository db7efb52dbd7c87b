import type { Generation } from '@shadower/database';
import { CACHE_OUTCOMES, type CacheOutcome } from '@shadower/redis';
import { currentTraceId } from '@shadower/telemetry';
import { z } from 'zod';
import { named } from '../http/api-doc';

/** What every analytic says of itself. */
export const metaSchema = named(
  'Meta',
  z.object({
    source: z.enum(['rollup', 'rollup+raw']).meta({ description: 'whether part of the result was computed from raw events; exact either way' }),
    complete_until: z.iso.datetime().meta({ description: 'every event acknowledged before this time is included' }),
    freshness_ms: z.int().meta({ description: 'milliseconds since `complete_until`' }),
    cache: z.enum(CACHE_OUTCOMES).optional().meta({ description: 'whether the figures came from the cache (only when nothing has changed since); `bypass`: the cache was not used, because the range is not over yet or the cache did not respond' }),
    trace_id: z.string().optional(),
  }),
);
export type Meta = z.infer<typeof metaSchema>;

/** `dirty`: how many buckets had to be computed from raw events; `at`: when the transaction began, whose snapshot it was, by the database's clock. */
export const metaOf = (dirty: number, at: Date, now: number): Meta => ({
  source: dirty > 0 ? 'rollup+raw' : 'rollup',
  complete_until: at.toISOString(),
  freshness_ms: Math.max(0, now - at.getTime()),
  trace_id: currentTraceId(),
});

/** `meta` of an answer that went through the cache: one that was kept is complete up to the moment at which nothing was found to have changed. */
export const cachedMeta = (meta: Meta, cache: CacheOutcome, { at }: Generation, now: number): Meta => ({
  ...meta,
  ...(cache === 'hit' ? { complete_until: at.toISOString(), freshness_ms: Math.max(0, now - at.getTime()) } : {}),
  cache,
  trace_id: currentTraceId(),
});
