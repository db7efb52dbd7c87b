import { setTimeout as pause } from 'node:timers/promises';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { AnswerCache } from '../src/answer-cache';
import { connect } from '../src/connect';
import { LiveStream } from '../src/live-stream';
import { JobQueues } from '../src/job-queues';
import { RollupHints } from '../src/rollup-hints';
import { FlakyLink } from '../src/testing/flaky-link';
import { TicketStore } from '../src/ticket-store';

const ready = (redis: Redis): Promise<unknown> => (redis.status === 'ready' ? Promise.resolve() : new Promise((resolve) => redis.once('ready', resolve)));

describe.each(['hang', 'cut'] as const)('while Redis is away (%s)', (how) => {
  let link: FlakyLink;
  let redis: Redis;
  let direct: Redis;
  const unhandled = jest.fn();

  beforeAll(async () => {
    process.on('unhandledRejection', unhandled);
    const url = await redisDatabase();
    link = await FlakyLink.to(url);
    redis = connect(link.url, 'command');
    direct = connect(url, 'command');
    await Promise.all([ready(redis), ready(direct)]);
  });
  afterEach(async () => {
    link.open();
    await ready(redis);
  });
  afterAll(async () => {
    redis?.disconnect();
    direct?.disconnect();
    await link?.close();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('hints return at once, hold little, and work again by themselves', async () => {
    const hints = new RollupHints(new JobQueues(redis));
    hints.hint('before');
    await pause(300);
    link[how]();
    const begun = performance.now();
    for (let n = 0; n < 5_000; n += 1) hints.hint(`away-${n}`);
    expect(performance.now() - begun).toBeLessThan(500);
    await pause(1_200);
    link.open();
    const queue = new JobQueues(direct).of('rollup');
    for (let waited = 0; waited < 15_000 && !(await queue.getJobs()).some(({ data }) => data.workspace_id === 'after'); waited += 250) {
      hints.hint('after');
      await pause(250);
    }
    const hinted = (await queue.getJobs()).map(({ data }) => data.workspace_id);
    expect(hinted).toEqual(expect.arrayContaining(['before', 'after']));
    expect(hinted.length).toBeLessThan(300);
    await Promise.all([hints.beforeApplicationShutdown(), queue.close()]);
  }, 40_000);

  it('the cache computes, within half a second', async () => {
    const cache = new AnswerCache(redis);
    link[how]();
    const begun = performance.now();
    expect(await cache.remember('acme', '1', 'key', async () => 7)).toEqual({ value: 7, cache: 'bypass' });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('an entry of the live stream is given up within a second, and publishing goes on later', async () => {
    const stream = new LiveStream(redis);
    link[how]();
    const begun = performance.now();
    expect(await stream.publish('acme', { ch: 'metrics', ts: new Date().toISOString(), data: {} })).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('a ticket is refused with 503, never accepted', async () => {
    const tickets = new TicketStore(redis);
    const ticket = await tickets.issue({ sub: 'ann' });
    link[how]();
    await expect(tickets.redeem(ticket)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    await expect(tickets.issue({})).rejects.toMatchObject({ code: 'unavailable' });
  });
});
