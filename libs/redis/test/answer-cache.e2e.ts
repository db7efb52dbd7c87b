import { setTimeout as pause } from 'node:timers/promises';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { AnswerCache } from '../src/answer-cache';
import { connect } from '../src/connect';
import { keys } from '../src/keys';

describe('AnswerCache', () => {
  let redis: Redis;
  let cache: AnswerCache;

  beforeAll(async () => {
    redis = connect(await redisDatabase(), 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    cache = new AnswerCache(redis);
  });
  afterAll(() => redis?.disconnect());

  /** The entry is written behind the answer. */
  const keptIn = async (workspaceId: string, answers: number): Promise<void> => {
    while ((await redis.hlen(keys.answers(workspaceId))) !== answers) await pause(5);
  };

  it('keeps an answer for its generation, and only for its workspace', async () => {
    let n = 0;
    const ask = (workspaceId: string, generation: string) => cache.remember(workspaceId, generation, 'overview', async () => (n += 1));
    expect(await ask('a', '1.0')).toEqual({ value: 1, cache: 'miss' });
    await keptIn('a', 1);
    expect(await ask('a', '1.0')).toEqual({ value: 1, cache: 'hit' });
    expect(await ask('b', '1.0')).toEqual({ value: 2, cache: 'miss' });
    expect(await ask('a', '1.1')).toEqual({ value: 3, cache: 'miss' });
  });

  it('computes once for callers who ask at the same time', async () => {
    let loads = 0;
    const load = async (): Promise<string> => {
      loads += 1;
      await pause(50);
      return 'value';
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => cache.remember('flight', '1', 'key', load)));
    expect(new Set(answers.map(({ value }) => value))).toEqual(new Set(['value']));
    expect(loads).toBe(1);
  });

  it('passes a failure on, to each who waits, and does not keep it', async () => {
    const failing = () => cache.remember('failing', '1', 'key', () => Promise.reject(new RangeError('no')));
    for (const outcome of await Promise.allSettled([failing(), failing()])) expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    expect(await cache.remember('failing', '1', 'key', async () => 1)).toEqual({ value: 1, cache: 'miss' });
  });

  it('keeps a bounded number of answers a workspace, none of them huge, and none for ever', async () => {
    for (let n = 0; n < 256; n += 1) await cache.remember('full', '1', `${n}`, async () => n);
    await keptIn('full', 256);
    await cache.remember('full', '1', 'one more', async () => 0);
    await keptIn('full', 1);
    expect(await redis.ttl(keys.answers('full'))).toBeGreaterThan(500);
    await cache.remember('full', '1', 'huge', async () => 'x'.repeat(65_536));
    await pause(50);
    expect(await redis.hlen(keys.answers('full'))).toBe(1);
  });
});
