import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connect, JobQueues, LiveStream, RollupHints } from '@shadower/redis';
import { runInContext, withSpan } from '@shadower/telemetry';
import { captureLogs, collectSpans, readMetric } from '@shadower/telemetry/testing';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { until } from './until';
import { openDatabase, storeEvents } from './worker-database';

describe('the worker', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let redis: Redis;
  let hints: RollupHints;
  let stream: LiveStream;
  let workers: INestApplicationContext[];
  let logs: ReturnType<typeof captureLogs>;
  let spans: ReturnType<typeof collectSpans>;

  beforeAll(async () => {
    spans = collectSpans();
    database = await freshDatabase();
    process.env.DATABASE_URL = database.url;
    process.env.REDIS_URL = await redisDatabase();
    // Not imported above, because it reads the environment.
    const { AppModule } = jest.requireActual<{ AppModule: Type }>('../src/app.module');
    // Two replicas: what must happen once is then seen to happen once.
    workers = [await NestFactory.createApplicationContext(AppModule, { logger: false }), await NestFactory.createApplicationContext(AppModule, { logger: false })];
    logs = captureLogs();
    dataSource = await openDatabase(database.url);
    redis = connect(process.env.REDIS_URL, 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    [hints, stream] = [new RollupHints(new JobQueues(redis)), new LiveStream(redis)];
  }, 60_000);
  afterAll(async () => {
    await Promise.all((workers ?? []).map((worker) => worker.close()));
    redis?.disconnect();
    await dataSource?.destroy();
    await database?.drop();
    logs?.stop();
    await spans?.stop();
  }, 60_000);

  const event = (id: string) => ({ id, time: new Date(), type: 'execution.completed' as const, user_id: 'ann', credits: '0.25' });
  const rolledUp = async (workspaceId: string): Promise<number> => {
    const history = await dataSource.query(`SELECT set_config('app.scope', 'system', false)`).then(() => dataSource.query('SELECT sum(events)::int AS events FROM rollup_15m WHERE workspace_id = $1', [workspaceId]));
    return history[0]?.events ?? 0;
  };

  it('tells the live stream within a second of a hint, in the trace and for the request that caused it', async () => {
    const { position } = await stream.history('hinted');
    const begun = performance.now();
    const traceId = await runInContext({ request_id: 'req-1', user_id: 'ann' }, () =>
      withSpan('POST events', {}, async (span) => {
        await storeEvents(dataSource, 'hinted', [event('a')]);
        hints.hint('hinted');
        return span.spanContext().traceId;
      }),
    );
    const records = await until(async () => (await stream.history('hinted', position)).records.length > 1 && (await stream.history('hinted', position)).records, 5_000);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(records.map(({ entry }) => entry.ch).sort()).toEqual(['credits', 'executions', 'metrics']);
    const metrics = records.find(({ entry }) => entry.ch === 'metrics')?.entry;
    expect(metrics).toMatchObject({ request_id: 'req-1', data: { buckets: [{ kind: 'execution.completed', events: 1, credits: '0.25' }] } });
    expect(metrics?.trace?.split('-')[1]).toBe(traceId);
    const line = await until(async () => logs.lines.find(({ message, workspace_id }) => message === 'rolled up' && workspace_id === 'hinted'), 2_000);
    expect(line).toMatchObject({ request_id: 'req-1', user_id: 'ann', trace_id: traceId, queue: 'rollup', job_id: expect.any(String) });
    expect(await readMetric('background_jobs_total', { queue: 'rollup', status: 'completed' })).toBeGreaterThan(0);
    expect(await readMetric('rollup_delay_seconds')).toBeGreaterThan(0);
  });

  it('counts all of a stream of small batches, though most of their hints are left out', async () => {
    for (let n = 0; n < 60; n += 1) {
      await storeEvents(dataSource, 'busy', [event(`e${n}`)]);
      hints.hint('busy');
      await pause(10);
    }
    const begun = performance.now();
    await until(async () => (await rolledUp('busy')) === 60, 5_000);
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('finds within seconds what the queue has lost', async () => {
    await storeEvents(dataSource, 'lost', [event('a')]);
    await until(async () => (await rolledUp('lost')) === 1, 15_000);
    expect(await readMetric('background_jobs_total', { job_type: 'sweep', status: 'completed' })).toBeGreaterThan(0);
  }, 20_000);

  it('parks a job that nobody understands at once, and goes on', async () => {
    const queue = new JobQueues(redis).of('rollup');
    for (const data of [null, {}, { v: 99, workspace_id: 'acme' }, { v: 1, workspace_id: '../acme' }, 'text']) await queue.add('rollup', data);
    await until(async () => (await queue.getFailedCount()) === 5, 5_000);
    const failed = await queue.getFailed();
    expect(failed.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1, 1, 1, 1]);
    await storeEvents(dataSource, 'after-poison', [event('a')]);
    hints.hint('after-poison');
    await until(async () => (await rolledUp('after-poison')) === 1, 2_000);
    await queue.close();
  });
});
