import { deadJobs, inWorkspace, redriveDeadJob } from '@shadower/database';
import { UPKEEP_EVERY_MS } from '@shadower/domain';
import { connect, JobQueues } from '@shadower/redis';
import { withSpan } from '@shadower/telemetry';
import { collectSpans } from '@shadower/telemetry/testing';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { Schedules } from '../src/upkeep/schedules';
import { redisDatabase } from '@shadower/tools/testing';
import { startWorkers, type RunningWorkers } from './running-workers';
import { until } from './until';
import { storeEvents } from './worker-database';

describe('jobs that fail for good', () => {
  let workers: RunningWorkers;
  let dataSource: DataSource;
  let admin: DataSource;
  let redis: Redis;
  let queues: JobQueues;
  let spans: ReturnType<typeof collectSpans>;

  beforeAll(async () => {
    spans = collectSpans();
    workers = await startWorkers(2);
    ({ dataSource, admin, redis, queues } = workers);
  }, 60_000);
  afterAll(async () => {
    await workers?.stop();
    await spans?.stop();
  }, 60_000);

  const kept = (jobId: string | undefined) => until(async () => (await deadJobs(dataSource, 100)).find(({ job_id }) => job_id === jobId), 30_000);
  const payload = (workspaceId: string) => ({ v: 1, workspace_id: workspaceId, context: { request_id: 'req-7' } });

  it('are kept in PostgreSQL with their reason and trace, once, and leave Redis', async () => {
    const { job, traceId } = await withSpan('test', {}, async (span) => ({ job: await queues.of('rollup').add('rollup', { ...payload('acme'), v: 'x\0' }), traceId: span.spanContext().traceId }));
    const dead = await kept(job.id);
    expect(dead).toMatchObject({ workspace_id: 'acme', queue: 'rollup', job_type: 'rollup', attempts: 1, request_id: 'req-7', trace_id: traceId, redriven_at: null });
    expect(dead.error).toContain('does not understand');
    expect(dead.payload).toEqual({ ...payload('acme'), v: 'x' });
    expect(await queues.of('rollup').getFailedCount()).toBe(0);
    expect((await deadJobs(dataSource, 100)).filter(({ job_id }) => job_id === job.id)).toHaveLength(1);
    const seenByOther: unknown[] = await inWorkspace(dataSource, 'other', (runner) => runner.query('SELECT * FROM dead_jobs'));
    expect(seenByOther).toEqual([]);
  }, 40_000);

  it('never keep the good ones waiting', async () => {
    const poison = await queues.of('rollup').addBulk(Array.from({ length: 30 }, () => ({ name: 'rollup', data: { v: 1, workspace_id: '../../etc' } })));
    await storeEvents(dataSource, 'good', [{ id: 'a', time: new Date(), type: 'query.run' }]);
    const good = await queues.of('rollup').add('rollup', payload('good'));
    await until(async () => (await good.getState()) === 'completed', 3_000);
    await Promise.all(poison.map(({ id }) => kept(id)));
  }, 40_000);

  it('are all kept, also when they fail faster than they are moved', async () => {
    const many = 1_200;
    await queues.of('rollup').addBulk(Array.from({ length: many }, () => ({ name: 'flood', data: { v: 1, workspace_id: '../flood' } })));
    const kept = async (): Promise<number> => (await admin.query(`SELECT count(*)::int AS n FROM dead_jobs WHERE job_type = 'flood'`))[0].n;
    await until(async () => (await kept()) === many, 60_000);
  }, 80_000);

  it('are tried again with growing pauses, and when the cause is mended they can be sent once more, once', async () => {
    await storeEvents(dataSource, 'mended', [{ id: 'a', time: new Date(), type: 'query.run' }]);
    await admin.query('ALTER TABLE rollup_15m RENAME TO rollup_hidden');
    const begun = performance.now();
    const { id } = await queues.of('rollup').add('rollup', payload('mended'));
    const dead = await kept(id);
    expect(dead.attempts).toBe(5);
    expect(performance.now() - begun).toBeGreaterThan(3_500);
    await admin.query('ALTER TABLE rollup_hidden RENAME TO rollup_15m');
    const send = (job: Parameters<JobQueues['resend']>[0]) => queues.resend(job);
    const answers = await Promise.allSettled([redriveDeadJob(dataSource, dead.id, send), redriveDeadJob(dataSource, dead.id, send)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    await until(async () => (await (await queues.of('rollup').getJob(`resent-${dead.id}`))?.getState()) === 'completed', 5_000);
    await expect(redriveDeadJob(dataSource, '00000000-0000-4000-8000-000000000000', send)).rejects.toMatchObject({ code: 'not_found' });
  }, 60_000);

  it('keep no secret of the error that ended them, neither in Redis while they are tried again nor among the dead', async () => {
    const secret = 'canary0of0a0connection';
    await storeEvents(dataSource, 'leaky', [{ id: 'a', time: new Date(), type: 'query.run' }]);
    await admin.query(`CREATE FUNCTION leak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cannot reach amqp://app:${secret}@host, password=${secret}'; END $$`);
    await admin.query('CREATE TRIGGER leak BEFORE INSERT ON rollup_15m FOR EACH ROW EXECUTE FUNCTION leak()');
    try {
      const { id } = await queues.of('rollup').add('rollup', payload('leaky'));
      const job = () => queues.of('rollup').getJob(id ?? '');
      const tried = JSON.stringify((await until(async () => ((await job())?.stacktrace?.length ? job() : undefined), 10_000))?.asJSON());
      const dead = JSON.stringify(await kept(id));
      for (const kept of [tried, dead]) expect(kept).toContain('amqp://[redacted]@host');
      for (const kept of [tried, dead]) expect(kept).not.toContain(secret);
    } finally {
      await admin.query('DROP TRIGGER leak ON rollup_15m');
      await admin.query('DROP FUNCTION leak');
    }
  }, 60_000);

  it('have one schedule for each recurring task, however many workers look after them, also after Redis forgot them', async () => {
    const schedules = Array.from({ length: 4 }, () => new Schedules(new JobQueues(redis)));
    const keys = async () => (await queues.of('upkeep').getJobSchedulers()).map(({ key }) => key).sort();
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(schedules.map((each) => each.ensure()));
      await queues.of('upkeep').upsertJobScheduler('from-an-older-version', { every: 3_600_000 }, { name: 'old', data: {} });
      await Promise.all(schedules.map((each) => each.ensure()));
      expect(await keys()).toEqual(Object.keys(UPKEEP_EVERY_MS).sort());
      // One next job for each, whoever was first.
      expect(await queues.of('upkeep').getDelayedCount()).toBeLessThanOrEqual(Object.keys(UPKEEP_EVERY_MS).length);
      await queues.of('upkeep').obliterate({ force: true });
      expect(await keys()).toEqual([]);
    }
  }, 30_000);

  it('have a tick soon, though a worker whose clock was ahead made the schedule', async () => {
    const ownRedis = connect(await redisDatabase(), 'command');
    await new Promise((resolve) => ownRedis.once('ready', resolve));
    const [ownQueues, ahead] = [new JobQueues(ownRedis), Date.now() + 7_200_000];
    const nexts = async () => (await ownQueues.of('upkeep').getJobSchedulers()).map(({ next }) => Number(next));
    const clock = jest.spyOn(Date, 'now').mockReturnValue(ahead);
    await new Schedules(ownQueues).ensure().finally(() => clock.mockRestore());
    expect(Math.min(...(await nexts()))).toBeGreaterThanOrEqual(ahead);
    await new Schedules(ownQueues).ensure();
    const frequent = Object.entries(UPKEEP_EVERY_MS).filter(([, every]) => every < 3_600_000);
    const soon = (await nexts()).filter((next) => next < Date.now() + 600_000);
    expect(soon).toHaveLength(frequent.length);
    await ownRedis.quit();
  }, 30_000);
});
