import { counter, histogram } from '@shadower/telemetry';

export type CacheOperation = 'get' | 'set' | 'generation' | 'invalidate';

/** The one place where cache commands are timed and counted. `result` names the outcome of one that worked; by default `success`. */
export async function cacheOperation<T>(operation: CacheOperation, run: () => Promise<T>, result: (value: T) => 'hit' | 'miss' | 'success' = () => 'success'): Promise<T> {
  const begun = performance.now();
  let outcome: 'hit' | 'miss' | 'success' | 'error' = 'error';
  try {
    const value = await run();
    outcome = result(value);
    return value;
  } finally {
    counter('cache_operations_total').inc({ operation, result: outcome });
    histogram('cache_operation_duration_seconds').observe({ operation }, (performance.now() - begun) / 1_000);
  }
}
