import type { Bucket, Draw } from '@shadower/redis';

/** `RateLimit-Policy` and `RateLimit`, as structured fields (draft-ietf-httpapi-ratelimit-headers): an item for each bucket. */
export function rateLimitHeaders(buckets: Bucket[], { debtMs }: Draw): { policy: string; limit: string } {
  const policy = buckets.map(({ name, perSecond, burst }) => `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`);
  const limit = buckets.map(({ name, perSecond, burst }, index) => {
    const debt = debtMs[index] ?? 0;
    return `"${name}";r=${Math.max(0, burst - Math.ceil((debt * perSecond) / 1_000))};t=${Math.ceil(debt / 1_000)}`;
  });
  return { policy: policy.join(', '), limit: limit.join(', ') };
}
