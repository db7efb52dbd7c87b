import { createHash } from 'node:crypto';
import type { ExportRow } from '@shadower/database';
import type { ExportRequest } from '@shadower/domain';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { ExportDatabase } from './export-database';
import { until } from './until';
import { openDatabase } from './worker-database';
import { buildWorker, WorkerProcess } from './worker-process';

const EVENTS = 200_000;
const FROM = '2026-02-01T00:00:00Z';
const REQUEST: ExportRequest = { dataset: 'events', format: 'csv', compression: 'none', from: FROM, to: '2026-03-01T00:00:00Z', filter: {} };

describe('a worker process that, in the middle of an export,', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let exports: ExportDatabase;
  let env: Record<string, string>;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    buildWorker();
    database = await freshDatabase();
    env = { DATABASE_URL: database.url, REDIS_URL: await redisDatabase(), PORT: '0', JOB_LOCK_MS: '2000', SHUTDOWN_GRACE_MS: '0' };
    dataSource = await openDatabase(database.url, { DATABASE_STATEMENT_TIMEOUT_MS: '60000' });
    exports = new ExportDatabase(dataSource);
    await exports.fill('acme', EVENTS, FROM);
  }, 180_000);
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  const start = (): WorkerProcess => {
    const worker = WorkerProcess.start(env);
    workers.push(worker);
    return worker;
  };
  /** A worker that has written a part of a new export, and only a part. */
  const begun = async (): Promise<{ worker: WorkerProcess; id: string }> => {
    const id = await exports.order('acme', REQUEST, 0);
    const worker = start();
    await until(async () => Number((await exports.row('acme', id)).bytes) > 0, 60_000);
    return { worker, id };
  };
  const completed = (id: string): Promise<ExportRow> => until(async () => [await exports.row('acme', id)].find(({ status }) => status === 'completed'), 60_000);
  const expectWhole = async (row: ExportRow, attempt: number): Promise<void> => {
    const file = await exports.file('acme', row.id);
    expect(row).toMatchObject({ attempt, rows: String(EVENTS), bytes: String(file.length), sha256: createHash('sha256').update(file).digest('hex') });
    expect(file.toString().match(/\n/g)).toHaveLength(EVENTS + 1);
  };

  it('is killed leaves it to another, which writes the whole file', async () => {
    const { worker, id } = await begun();
    expect(await worker.end('SIGKILL')).toBe('SIGKILL');
    expect(await exports.row('acme', id)).toMatchObject({ status: 'running', attempt: 1 });
    start();
    await expectWhole(await completed(id), 2);
  }, 120_000);

  it('hangs finds, when it comes to itself, that another has written the file, and adds nothing to it', async () => {
    const { worker, id } = await begun();
    worker.signal('SIGSTOP');
    expect(await exports.row('acme', id)).toMatchObject({ status: 'running', attempt: 1 });
    start();
    await expectWhole(await completed(id), 2);
    worker.signal('SIGCONT');
    await until(async () => worker.lines('export was deleted or taken over').length > 0, 30_000);
    await expectWhole(await completed(id), 2);
    expect(await worker.end('SIGTERM')).toBe(0);
  }, 120_000);

  it('is told to end hands it on at once', async () => {
    const { worker, id } = await begun();
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(await exports.row('acme', id)).toMatchObject({ status: 'queued', bytes: '0' });
    start();
    await expectWhole(await completed(id), 2);
  }, 120_000);
});
