import { Processor } from '@nestjs/bullmq';
import { Global, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { QUEUES } from '@shadower/domain';
import { connect, JobQueues, REDIS_CONFIG } from '@shadower/redis';
import { redisDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { BULL_MODULES } from '../src/jobs/bull-modules';
import { JobHost } from '../src/jobs/job-host';
import { JobRunner } from '../src/jobs/job-runner';
import { Progress } from '../src/jobs/progress';
import { workerOptions } from '../src/jobs/worker-options';
import { until } from './until';

const NOWHERE = 'redis://127.0.0.1:1';
let begun = 0;
let release = (): void => undefined;
const released = new Promise<void>((resolve) => (release = resolve));

/** A processor whose jobs do not end before they are released. */
function processorOf(queue: string): Type {
  @Processor(queue, workerOptions(1))
  class Endless extends JobHost {
    readonly payload = z.unknown();

    protected work(): Promise<void> {
      begun += 1;
      return released;
    }
  }
  return Endless;
}

function appWith(queues: readonly string[], REDIS_URL: string): Promise<TestingModule> {
  @Global()
  @Module({ providers: [{ provide: REDIS_CONFIG, useValue: { REDIS_URL } }], exports: [REDIS_CONFIG] })
  class ConfigModule {}
  return Test.createTestingModule({ imports: [ConfigModule, ...BULL_MODULES], providers: [Progress, JobRunner, ...queues.map(processorOf)] }).compile();
}

async function secondsToClose(app: TestingModule): Promise<number> {
  const start = performance.now();
  await app.close();
  return (performance.now() - start) / 1_000;
}

describe('the runner of the jobs', () => {
  const first = QUEUES[0];

  it.each([
    ['a queue without a processor', QUEUES.slice(1), first],
    ['a queue with two', [...QUEUES, first], first],
    ['a processor of an undeclared queue', [...QUEUES, 'nobodys'], 'nobodys'],
  ])('does not start with %s', async (_, queues, culprit) => {
    const app = await appWith(queues, NOWHERE);
    await expect(app.init()).rejects.toThrow(`look at: ${culprit}`);
    await app.get(JobRunner).beforeApplicationShutdown();
  });

  it('starts without Redis, and ends at once', async () => {
    const app = await appWith(QUEUES, NOWHERE);
    await app.init();
    expect(await secondsToClose(app)).toBeLessThan(2);
  });

  it('gives a running job 12 s to end, and not more', async () => {
    const url = await redisDatabase();
    const app = await appWith(QUEUES, url);
    await app.init();
    const redis: Redis = connect(url, 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    await (await new JobQueues(redis).ready(first)).add('endless', {});
    await until(async () => begun > 0, 10_000);
    const seconds = await secondsToClose(app);
    redis.disconnect();
    release();
    expect(seconds).toBeGreaterThan(11);
    expect(seconds).toBeLessThan(14);
  }, 40_000);
});
