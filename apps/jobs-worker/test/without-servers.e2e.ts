import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { inWorkspace } from '@shadower/database';
import { connect, JobQueues, RollupHints } from '@shadower/redis';
import { FlakyLink } from '@shadower/redis/testing';
import { HealthRegistry } from '@shadower/telemetry';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { until } from './until';
import { openDatabase, storeEvents } from './worker-database';

describe('the worker without its servers', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let redis: Redis;
  let hints: RollupHints;
  let worker: INestApplicationContext;
  let toPostgres: FlakyLink;
  let toRedis: FlakyLink;

  beforeAll(async () => {
    database = await freshDatabase();
    const redisUrl = await redisDatabase();
    [toPostgres, toRedis] = [await FlakyLink.to(database.url), await FlakyLink.to(redisUrl)];
    process.env.DATABASE_URL = toPostgres.url;
    process.env.REDIS_URL = toRedis.url;
    // Not imported above, because it reads the environment.
    const { AppModule } = jest.requireActual<{ AppModule: Type }>('../src/app.module');
    worker = await NestFactory.createApplicationContext(AppModule, { logger: false });
    dataSource = await openDatabase(database.url);
    redis = connect(redisUrl, 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    hints = new RollupHints(new JobQueues(redis));
  }, 60_000);
  afterAll(async () => {
    for (const link of [toPostgres, toRedis]) link?.open();
    await worker?.close();
    redis?.disconnect();
    await dataSource?.destroy();
    await Promise.all([toPostgres?.close(), toRedis?.close()]);
    await database?.drop();
  }, 60_000);

  const store = (workspaceId: string, id: string) => storeEvents(dataSource, workspaceId, [{ id, time: new Date(), type: 'query.run', user_id: 'ann' }]);
  const rolledUp = async (workspaceId: string): Promise<number> => {
    const rows: { events: number | null }[] = await inWorkspace(dataSource, workspaceId, (runner) => runner.query('SELECT sum(events)::int AS events FROM rollup_15m WHERE workspace_id = $1', [workspaceId]));
    return rows[0]?.events ?? 0;
  };
  const statusOf = async (check: string): Promise<string> => (await worker.get(HealthRegistry).probe(check, performance.now() + 1e9)).status;

  it.each(['cut', 'hang'] as const)('rolls up all the same, a few seconds late, while Redis is away (%s), and by hints when it is back', async (how) => {
    toRedis[how]();
    await store(`redis-${how}`, 'a');
    await until(async () => (await rolledUp(`redis-${how}`)) === 1, 20_000);
    expect(await statusOf('redis')).toBe('down');
    expect(await statusOf('background-jobs')).toBe('up');
    toRedis.open();
    await until(async () => (await statusOf('redis')) === 'up', 15_000);
    await pause(2_500);
    await store(`redis-${how}`, 'b');
    const begun = performance.now();
    hints.hint(`redis-${how}`);
    await until(async () => (await rolledUp(`redis-${how}`)) === 2, 10_000);
    expect(performance.now() - begun).toBeLessThan(1_500);
  }, 60_000);

  it('looks for what was forgotten as soon as Redis is back', async () => {
    await until(async () => (await statusOf('redis')) === 'up', 15_000);
    await store('forgotten', 'a');
    const begun = performance.now();
    toRedis.cut();
    toRedis.open();
    await until(async () => (await rolledUp('forgotten')) === 1, 10_000);
    // The sweep that comes every five seconds leaves marks of less than two alone.
    expect(performance.now() - begun).toBeLessThan(1_900);
  }, 30_000);

  it.each(['cut', 'hang'] as const)('loses nothing while PostgreSQL is away (%s)', async (how) => {
    for (let n = 0; n < 10; n += 1) await store(`postgres-${how}-${n}`, 'a');
    toPostgres[how]();
    for (let n = 0; n < 10; n += 1) hints.hint(`postgres-${how}-${n}`);
    await until(async () => (await statusOf('postgresql')) === 'down', 10_000);
    await pause(2_000);
    toPostgres.open();
    for (let n = 0; n < 10; n += 1) await until(async () => (await rolledUp(`postgres-${how}-${n}`)) === 1, 20_000);
  }, 60_000);
});
