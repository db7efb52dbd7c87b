import { deadJobs, inWorkspace } from '@shadower/database';
import { connect, JobQueues } from '@shadower/redis';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { DataSource, QueryRunner } from 'typeorm';
import { until } from './until';
import { openDatabase, storeEvents } from './worker-database';
import { buildWorker, WorkerProcess } from './worker-process';

describe('a worker process that', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: DataSource;
  let redis: Redis;
  let queues: JobQueues;
  let env: Record<string, string>;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    buildWorker();
    database = await freshDatabase();
    const redisUrl = await redisDatabase();
    const quick = { JOB_LOCK_MS: '2000', DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '2000', SHUTDOWN_GRACE_MS: '0' };
    env = { DATABASE_URL: database.url, REDIS_URL: redisUrl, PORT: '0', ...quick };
    [dataSource, admin] = await Promise.all([openDatabase(database.url), openDatabase(database.adminUrl, { DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '600000' })]);
    redis = connect(redisUrl, 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    queues = new JobQueues(redis);
  }, 180_000);
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
  });
  afterAll(async () => {
    redis?.disconnect();
    await Promise.all([dataSource?.destroy(), admin?.destroy()]);
    await database?.drop();
  });

  const start = (): WorkerProcess => {
    const worker = WorkerProcess.start(env);
    workers.push(worker);
    return worker;
  };
  /** One that is at work before a mark is made: nobody's sweep takes a fresh mark, so the job does. */
  const started = async (): Promise<WorkerProcess> => {
    const worker = start();
    await until(async () => worker.lines('listening').length > 0, 60_000);
    return worker;
  };
  const eventsOf = async (workspaceId: string): Promise<number> => (await inWorkspace(dataSource, workspaceId, (runner) => runner.query('SELECT sum(events)::int AS n FROM rollup_15m WHERE workspace_id = $1', [workspaceId])))[0]?.n ?? 0;
  const store = (workspaceId: string, id: string) => storeEvents(dataSource, workspaceId, [{ id, time: new Date('2026-03-01T00:00:00Z'), type: 'query.run' }]);
  /** While `work` runs, nobody gets past `table`, so that a worker is in the middle of its transaction. */
  const withBlocked = async (table: 'rollup_15m' | 'workspace_state', work: () => Promise<void>): Promise<void> => {
    const blocker: QueryRunner = admin.createQueryRunner();
    await blocker.startTransaction();
    try {
      await blocker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await work();
    } finally {
      await blocker.rollbackTransaction();
      await blocker.release();
    }
  };
  const lockWaits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'jobs-worker' AND datname = current_database()`;
  /** Somebody is in the middle of the job, for the `time`th time. */
  const isBegun = (job: Job, time = 1) => until(async () => (await queues.of('rollup').getJob(job.id ?? ''))?.attemptsStarted === time && (await admin.query(lockWaits)).length > 0, 60_000);
  const add = (workspaceId: string): Promise<Job> => queues.of('rollup').add('rollup', { v: 1, workspace_id: workspaceId });

  it('is killed in the middle of a job loses neither job nor event: another worker does it again', async () => {
    let job: Job | undefined;
    const first = await started();
    await withBlocked('rollup_15m', async () => {
      await store('killed', 'a');
      job = await add('killed');
      await isBegun(job);
      expect(await first.end('SIGKILL')).toBe('SIGKILL');
    });
    const second = start();
    await until(async () => (await job?.getState()) === 'completed', 40_000);
    // A process gathers its lines for a moment before it writes them.
    const told = await until(async () => second.lines('a job stalled and runs again').find(({ job_id }) => job_id === job?.id), 20_000);
    expect(told).toMatchObject({ queue: 'rollup' });
    expect(await eventsOf('killed')).toBe(1);
    expect(await second.end('SIGTERM')).toBe(0);
  }, 120_000);

  it('hangs in the middle of a job does no double work when it comes to itself', async () => {
    let job: Job | undefined;
    const first = await started();
    await withBlocked('rollup_15m', async () => {
      await store('hung', 'a');
      job = await add('hung');
      await isBegun(job);
      first.signal('SIGSTOP');
    });
    start();
    await until(async () => (await job?.getState()) === 'completed', 40_000);
    await until(async () => (await eventsOf('hung')) === 1, 40_000);
    first.signal('SIGCONT');
    await store('hung', 'b');
    await add('hung');
    await until(async () => (await eventsOf('hung')) === 2, 40_000);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(await eventsOf('hung')).toBe(2);
  }, 120_000);

  it('dies of the same job again and again is spared it: the job is kept as dead, with its reason', async () => {
    await store('deadly', 'a');
    let job: Job | undefined;
    // The sweep may not get in either, or the job would leave the workspace to it.
    await withBlocked('workspace_state', async () => {
      job = await add('deadly');
      for (let deaths = 0; deaths < 2; deaths += 1) {
        const victim = start();
        await isBegun(job, deaths + 1);
        await victim.end('SIGKILL');
        // PostgreSQL does not look after a client while it waits for a lock.
        await until(async () => (await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jobs-worker' AND datname = current_database()`)).length === 0, 30_000);
      }
    });
    const last = start();
    const dead = await until(async () => (await deadJobs(dataSource, 10)).find(({ job_id }) => job_id === job?.id), 40_000);
    expect(dead).toMatchObject({ workspace_id: 'deadly', error: expect.stringContaining('stalled') });
    const [listening] = await until(async () => (last.lines('job failed').length > 0 ? last.lines('listening') : undefined), 5_000);
    expect(last.lines('job failed')).toMatchObject([{ level: 'error', queue: 'rollup', job_type: 'rollup', job_id: job?.id }]);
    expect(await (await fetch(`${String(listening?.['address'])}/metrics`)).text()).toContain('background_jobs_total{queue="rollup",job_type="rollup",status="failed"} 1');
  }, 180_000);
});
