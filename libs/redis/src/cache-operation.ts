import { counter, histogram } from '@shadower/telemetry';

export type CacheOperation = 'get' | 'set' | 'delete' | 'publish' | 'read' | 'script';
type Result = 'hit' | 'miss' | 'success';

/** The one place where operations on Redis are timed and counted. `result` names the outcome of one that worked; by default `success`. */
export async function cacheOperation<T>(operation: CacheOperation, run: () => Promise<T>, result: (value: T) => Result = () => 'success'): Promise<T> {
  const begun = performance.now();
  let outcome: Result | 'error' = 'error';
  try {
    const value = await run();
    outcome = result(value);
    return value;
  } finally {
    counter('cache_operations_total').inc({ operation, result: outcome });
    histogram('cache_operation_duration_seconds').observe({ operation }, (performance.now() - begun) / 1_000);
  }
}

/** For a `get`: whether there was anything. */
export const hitOrMiss = (value: unknown): Result => (value === null ? 'miss' : 'hit');
