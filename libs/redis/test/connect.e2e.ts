import { setTimeout as pause } from 'node:timers/promises';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { BLOCKING_SOCKET_TIMEOUT_MS, connect, SOCKET_TIMEOUT_MS } from '../src/connect';
import { FlakyLink } from '../src/testing/flaky-link';

/** Unlike `once` of `node:events`, not disturbed by the errors that come before. */
const next = (redis: Redis, event: 'close' | 'ready'): Promise<void> => new Promise((resolve) => redis.once(event, () => resolve()));

describe.each(['command', 'reader'] as const)('a %s connection', (role) => {
  let link: FlakyLink;
  let redis: Redis;

  beforeAll(async () => {
    link = await FlakyLink.to(await redisDatabase());
    redis = connect(link.url, role);
    await next(redis, 'ready');
  });
  afterAll(async () => {
    redis?.disconnect();
    await link?.close();
  });

  it('that returned is not ended by the deadline of the one before', async () => {
    link.hang();
    const ended = Promise.all([next(redis, 'close'), expect(redis.ping()).rejects.toThrow()]);
    await pause(100);
    link.cut();
    await ended;
    link.open();
    await next(redis, 'ready');
    const lost = jest.fn();
    redis.on('close', lost);
    await pause(SOCKET_TIMEOUT_MS);
    expect(await redis.ping()).toBe('PONG');
    expect(lost).not.toHaveBeenCalled();
  }, 20_000);

  it('that hangs is ended, and another takes its place', async () => {
    link.hang();
    const began = performance.now();
    await Promise.all([next(redis, 'close'), expect(redis.ping()).rejects.toThrow()]);
    expect(performance.now() - began).toBeGreaterThan(SOCKET_TIMEOUT_MS - 100);
    expect(performance.now() - began).toBeLessThan(SOCKET_TIMEOUT_MS + 2_000);
    link.open();
    await next(redis, 'ready');
    expect(await redis.ping()).toBe('PONG');
  }, 20_000);
});

describe('a blocking connection', () => {
  it('that hangs is ended, and what it was asked is asked of the one that takes its place', async () => {
    const link = await FlakyLink.to(await redisDatabase());
    const redis = connect(link.url, 'blocking');
    await next(redis, 'ready');
    try {
      link.hang();
      const [pong, closed] = [redis.ping(), next(redis, 'close')];
      await closed;
      link.open();
      expect(await pong).toBe('PONG');
    } finally {
      redis.disconnect();
      await link.close();
    }
  }, BLOCKING_SOCKET_TIMEOUT_MS + 15_000);
});
