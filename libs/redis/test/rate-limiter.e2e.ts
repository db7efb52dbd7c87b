import { readMetric } from '@shadower/telemetry/testing';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { connect } from '../src/connect';
import { RateLimiter } from '../src/rate-limiter';
import { FlakyLink } from '../src/testing/flaky-link';
import type { Bucket } from '../src/token-bucket';

jest.setTimeout(60_000);

const bucket = (key: string, perSecond: number, burst: number): Bucket => ({ name: key, key: `limit:{test}:${key}`, perSecond, burst });
/** Long enough for a busy machine. */
const PATIENCE_MS = 2_000;
const decisions = (result: string) => readMetric('rate_limit_decisions_total', { result });

describe('RateLimiter', () => {
  let links: FlakyLink[];
  let connections: Redis[];
  /** Two replicas: each has its own connection and nothing else in common with the other. */
  let replicas: RateLimiter[];
  beforeAll(async () => {
    const url = await redisDatabase();
    links = await Promise.all([FlakyLink.to(url), FlakyLink.to(url)]);
    connections = links.map((link) => connect(link.url, 'command'));
    await Promise.all(connections.map((redis) => new Promise((resolve) => redis.once('ready', resolve))));
    replicas = connections.map((redis) => new RateLimiter(redis));
  });
  afterAll(async () => {
    for (const redis of connections ?? []) redis.disconnect();
    for (const link of links ?? []) await link.close();
  });
  const [one, two] = [() => replicas[0] as RateLimiter, () => replicas[1] as RateLimiter];
  /** Redis is asked again, and answers. */
  const shared = async (limiter: RateLimiter): Promise<void> => {
    for (let before = await decisions('allowed'); (await decisions('allowed')) === before; ) {
      await limiter.take([bucket('probe', 1_000_000, 1_000_000)], 1, PATIENCE_MS);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('lets through exactly what a bucket holds, however many replicas draw at once', async () => {
    const limits = [bucket('exact', 100, 5_000)];
    const begun = performance.now();
    let accepted = 0;
    for (let round = 0; round < 40; round++) {
      const draws = await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? one() : two()).take(limits, 7 * (n + 1), PATIENCE_MS).then((draw) => (draw.allowed ? 7 * (n + 1) : 0))));
      accepted += draws.reduce((sum, cost) => sum + cost, 0);
    }
    const cameBack = ((performance.now() - begun) / 1_000) * 100;
    expect(accepted).toBeLessThanOrEqual(5_000 + cameBack);
    expect(accepted).toBeGreaterThan(5_000 - 7);
  });

  it('draws from all buckets or from none, and says how long to wait', async () => {
    await shared(one());
    const [small, large] = [bucket('small', 1, 10), bucket('large', 1, 100)];
    expect(await one().take([small, large], 8, PATIENCE_MS)).toEqual({ allowed: true, waitMs: 0, debtMs: [8_000, 8_000] });
    const refused = await one().take([small, large], 8, PATIENCE_MS);
    expect(refused.allowed).toBe(false);
    expect(refused.waitMs).toBeGreaterThan(4_000);
    expect(refused.waitMs).toBeLessThanOrEqual(6_000);
    const again = await one().take([large], 1, PATIENCE_MS);
    expect(again.debtMs[0]).toBeLessThanOrEqual(9_000);
    expect((await one().take([small], 2, PATIENCE_MS)).allowed).toBe(true);
  });

  it('gives back what was drawn, and forgets a full bucket', async () => {
    await shared(one());
    const fast = bucket('fast', 1_000, 100);
    expect((await one().take([fast], 100, PATIENCE_MS)).allowed).toBe(true);
    const { waitMs } = await one().take([fast], 100, PATIENCE_MS);
    expect(waitMs).toBeLessThanOrEqual(100);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await connections[1]?.exists(fast.key)).toBe(0);
    expect((await one().take([fast], 100, PATIENCE_MS)).allowed).toBe(true);
  });

  it.each(['cut', 'hang'] as const)('draws from a bucket of its own while Redis is away (%s), says so, and comes back', async (how) => {
    await shared(one());
    const limits = [bucket(`away ${how}`, 1, 10)];
    const [allowed, refused] = [await decisions('fallback_allowed'), await decisions('fallback_refused')];
    links[0]?.[how]();
    const begun = performance.now();
    let accepted = 0;
    for (let n = 0; n < 50; n++) accepted += (await one().take(limits, 1, 100)).allowed ? 1 : 0;
    const seconds = (performance.now() - begun) / 1_000;
    expect(seconds).toBeLessThan(4);
    expect(accepted).toBeGreaterThanOrEqual(10);
    expect(accepted).toBeLessThanOrEqual(10 + Math.ceil(seconds));
    expect((await decisions('fallback_allowed')) - allowed).toBe(accepted);
    expect((await decisions('fallback_refused')) - refused).toBe(50 - accepted);
    links[0]?.open();
    await shared(one());
    expect((await one().take([bucket(`back ${how}`, 1, 10)], 10, PATIENCE_MS)).allowed).toBe(true);
    expect(await connections[1]?.exists(bucket(`back ${how}`, 1, 10).key)).toBe(1);
  });
});
