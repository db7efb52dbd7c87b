import { createLocalJWKSet, createRemoteJWKSet, errors, jwksCache, type ExportedJWKSCache, type JSONWebKeySet, type JWKSCacheInput, type JWTVerifyGetKey } from 'jose';

const FETCH_MS = 2_000;
/** An unknown key is looked for at the provider this often at most. */
const COOLDOWN_MS = 10_000;
/** A provider that failed is left alone for so long: its outage shall not cost every request its patience. */
const REST_MS = 10_000;
/** Keys that were fetched so long ago are believed while the provider is away, and no longer: it may have withdrawn one. */
const BELIEVED_MS = 6 * 3_600_000;

/** Everything that jose finds wrong with the token itself; a key server that fails or lies is not the caller's fault. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && !(error instanceof errors.JWKSInvalid) && error.code !== 'ERR_JOSE_GENERIC';

/**
 * The keys that an identity provider publishes, fetched again every ten minutes. While it is away, those of up to six hours ago are used; a key
 * that is not among them cannot be judged then, so what the fetch failed of is thrown.
 */
export function publishedKeys(url: string): JWTVerifyGetKey {
  const cache: Partial<ExportedJWKSCache> = {};
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_MS, cooldownDuration: COOLDOWN_MS, [jwksCache]: cache as JWKSCacheInput });
  let kept: { of?: JSONWebKeySet; keys?: JWTVerifyGetKey } = {};
  let rest = { until: 0, failure: undefined as unknown };
  const believed = (): JWTVerifyGetKey | undefined => {
    if (!cache.jwks || Date.now() - (cache.uat ?? 0) >= BELIEVED_MS) return undefined;
    if (kept.of !== cache.jwks) kept = { of: cache.jwks, keys: createLocalJWKSet(cache.jwks) };
    return kept.keys;
  };
  const fromKept = async (keys: JWTVerifyGetKey, ...asked: Parameters<JWTVerifyGetKey>) => {
    try {
      return await keys(...asked);
    } catch (error) {
      throw error instanceof errors.JWKSNoMatchingKey ? rest.failure : error;
    }
  };
  return async (header, token) => {
    const keys = believed();
    if (keys && performance.now() < rest.until) return fromKept(keys, header, token);
    try {
      return await remote(header, token);
    } catch (failure) {
      if (isRefusal(failure) || !keys) throw failure;
      rest = { until: performance.now() + REST_MS, failure };
      return fromKept(keys, header, token);
    }
  };
}
