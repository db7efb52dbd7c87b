import { setTimeout as pause } from 'node:timers/promises';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { connect } from '../src/connect';
import { GenerationCache } from '../src/generation-cache';

describe('GenerationCache', () => {
  let redis: Redis;
  let cache: GenerationCache;

  beforeAll(async () => {
    redis = connect(await redisDatabase(), 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    cache = new GenerationCache(redis);
  });
  afterAll(() => redis?.disconnect());

  /** The entry is written behind the answer. */
  const settled = (): Promise<void> => pause(50);

  it('keeps an answer until its workspace changes, and only for that workspace', async () => {
    let n = 0;
    const ask = (workspaceId: string) => cache.remember(workspaceId, 'overview', 60, async () => (n += 1));
    expect(await ask('a')).toEqual({ value: 1, cache: 'miss' });
    await settled();
    expect(await ask('a')).toEqual({ value: 1, cache: 'hit' });
    expect(await ask('b')).toEqual({ value: 2, cache: 'miss' });
    await settled();
    await cache.invalidate('a');
    expect(await ask('a')).toEqual({ value: 3, cache: 'miss' });
    expect(await ask('b')).toEqual({ value: 2, cache: 'hit' });
  });

  it('computes once for callers who ask at the same time', async () => {
    let loads = 0;
    const load = async (): Promise<string> => {
      loads += 1;
      await pause(50);
      return 'value';
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => cache.remember('flight', 'key', 60, load)));
    expect(new Set(answers.map(({ value }) => value))).toEqual(new Set(['value']));
    expect(loads).toBe(1);
  });

  it('never finds a value again that was computed before a change and stored after it', async () => {
    await cache.remember('race', 'key', 60, async () => {
      await cache.invalidate('race');
      return 'old';
    });
    await settled();
    expect(await cache.remember('race', 'key', 60, async () => 'new')).toEqual({ value: 'new', cache: 'miss' });
  });

  it('passes a failure on, to each who waits, and does not keep it', async () => {
    const failing = () => cache.remember('failing', 'key', 60, () => Promise.reject(new RangeError('no')));
    for (const outcome of await Promise.allSettled([failing(), failing()])) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    expect(await cache.remember('failing', 'key', 60, async () => 1)).toEqual({ value: 1, cache: 'miss' });
  });
});
