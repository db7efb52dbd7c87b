import { generationOf, inWorkspace, NEXT_GENERATION } from '@shadower/database';
import { LiveStream, type JobQueues } from '@shadower/redis';
import type { DataSource } from 'typeorm';
import { eraseUser } from '../src/erasure/erase-user';
import { settleDays } from '../src/rollups/settle-days';
import { startWorkers, type RunningWorkers } from './running-workers';
import { until } from './until';
import { storeEvents, type TestEvent } from './worker-database';

const DAY_MS = 86_400_000;

describe('erasing a user', () => {
  let worker: RunningWorkers;
  let dataSource: DataSource;
  let admin: DataSource;
  let queues: JobQueues;
  let stream: LiveStream;

  beforeAll(async () => {
    worker = await startWorkers(1);
    ({ dataSource, admin, queues } = worker);
    stream = new LiveStream(worker.redis);
  }, 60_000);
  afterAll(() => worker?.stop(), 60_000);

  const event = (id: string, user: string, daysAgo: number): TestEvent => ({
    id,
    time: new Date(Date.now() - daysAgo * DAY_MS),
    type: 'execution.completed',
    user_id: user,
    credits: '1.5',
  });
  const order = (workspaceId: string, user: string) => inWorkspace(dataSource, workspaceId, (runner) => runner.query('INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2)', [workspaceId, user]));
  const ordered = async (workspaceId: string): Promise<number> =>
    (await inWorkspace(dataSource, workspaceId, (runner) => runner.query('SELECT count(*)::int AS n FROM erasures WHERE workspace_id = $1', [workspaceId])))[0].n;
  const generationNow = async (workspaceId: string): Promise<string> => (await generationOf(dataSource, workspaceId, { from: new Date(0), to: new Date() })).generation;
  const facts = (workspaceId: string): Promise<unknown> =>
    inWorkspace(dataSource, workspaceId, async (runner) => ({
      sums: await runner.query('SELECT kind, sum(events) AS events, sum(credits) AS credits FROM rollup_15m WHERE workspace_id = $1 GROUP BY kind', [workspaceId]),
      active: await runner.query('SELECT day::text, sum(bit_count(bits)) AS users FROM active_bits WHERE workspace_id = $1 GROUP BY day ORDER BY day', [workspaceId]),
      days: await runner.query(`SELECT dimension, day::text, sum(events) AS events, sum(credits) AS credits FROM rollup_day_dim WHERE workspace_id = $1 GROUP BY 1, 2 ORDER BY 1, 2`, [workspaceId]),
      raw: await runner.query('SELECT count(*) AS n, sum(credits) AS credits FROM events WHERE workspace_id = $1', [workspaceId]),
    }));
  /** Every table of the database in which a row of `workspaceId` says `text` anywhere. */
  const tablesThatName = async (workspaceId: string, text: string): Promise<string[]> => {
    const tables: { name: string }[] = await admin.query(`SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'workspace_id'`);
    const found: string[] = [];
    for (const { name } of tables) if ((await admin.query(`SELECT 1 FROM ${name} t WHERE workspace_id = $1 AND t::text LIKE $2 LIMIT 1`, [workspaceId, `%${text}%`])).length > 0) found.push(name);
    return found.filter((name) => !/^events_(\d{8}|default)$/.test(name)).sort();
  };
  const rolledUp = (workspaceId: string) =>
    until(async () => (await inWorkspace(dataSource, workspaceId, (runner) => runner.query('SELECT count(*)::int AS n FROM dirty_buckets WHERE workspace_id = $1', [workspaceId])))[0].n === 0, 20_000);

  it('leaves no trace of the name in any table, and changes no sum and no count of active users', async () => {
    const events = [0, 1, 40].flatMap((day) => [event(`a${day}`, 'canary-ann', day), event(`b${day}`, 'ben', day)]);
    await storeEvents(dataSource, 'acme', events);
    await storeEvents(dataSource, 'other', events);
    await admin.query(`UPDATE events SET data = '{"note": "canary-ann was here"}' WHERE user_id = 'canary-ann'`);
    await admin.query(
      `INSERT INTO dead_jobs (workspace_id, queue, job_type, job_id, payload, error, attempts, enqueued_at) VALUES ('acme', 'rollup', 'rollup', '1', '{"context": {"user_id": "canary-ann"}}', 'x', 5, now())`,
    );
    await admin.query(`INSERT INTO api_keys (workspace_id, id, secret_hash, name, scopes, created_by) VALUES ('acme', '0123456789abcdef', '\\x00', 'ci', '{read}', 'canary-ann')`);
    await Promise.all(['acme', 'other'].map(rolledUp));
    for (const workspaceId of ['acme', 'other']) await settleDays(dataSource, workspaceId, new Date(Date.now() + DAY_MS));
    const before = await facts('acme');
    const generation = await generationNow('acme');
    expect(await tablesThatName('acme', 'canary-ann')).toEqual(['api_keys', 'dead_jobs', 'events', 'rollup_day_dim', 'workspace_users']);
    await order('acme', 'canary-ann');
    await queues.of('erasure').add('erase-user', { v: 1, workspace_id: 'acme', user_id: 'canary-ann' });
    await until(async () => (await ordered('acme')) === 0, 20_000);
    expect(await tablesThatName('acme', 'canary-ann')).toEqual([]);
    expect(await facts('acme')).toEqual(before);
    expect(await generationNow('acme')).not.toBe(generation);
    expect(await tablesThatName('acme', 'ben')).toEqual(['events', 'rollup_day_dim', 'workspace_users']);
    expect(await tablesThatName('other', 'canary-ann')).toEqual(['events', 'rollup_day_dim', 'workspace_users']);
  }, 60_000);

  it('waits for the rollup of what has just arrived, and counts it', async () => {
    await storeEvents(dataSource, 'fresh', [event('a', 'canary-cleo', 0)]);
    await order('fresh', 'canary-cleo');
    await queues.of('erasure').add('erase-user', { v: 1, workspace_id: 'fresh', user_id: 'canary-cleo' });
    await until(async () => (await ordered('fresh')) === 0, 20_000);
    expect(await tablesThatName('fresh', 'canary-cleo')).toEqual([]);
    expect(await facts('fresh')).toMatchObject({ active: [{ users: '1' }], sums: [{ events: '1' }] });
  }, 40_000);

  it('does not take an order that comes while it works for the one that it carries out', async () => {
    await storeEvents(dataSource, 'again', [event('a', 'canary-fay', 0)]);
    await rolledUp('again');
    await order('again', 'canary-fay');
    const held = admin.createQueryRunner();
    await held.startTransaction();
    await held.query('LOCK TABLE workspace_state IN EXCLUSIVE MODE');
    const erased = eraseUser(dataSource, 'again', 'canary-fay');
    await until(async () => (await admin.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query = $1`, [NEXT_GENERATION])).length > 0, 10_000);
    // As a second DELETE does.
    await inWorkspace(dataSource, 'again', (runner) => runner.query('UPDATE erasures SET requested_at = clock_timestamp() WHERE workspace_id = $1', ['again']));
    await held.rollbackTransaction();
    await held.release();
    expect(await erased).toBeDefined();
    expect(await ordered('again')).toBe(1);
    expect(await eraseUser(dataSource, 'again', 'canary-fay')).toBeDefined();
    expect(await ordered('again')).toBe(0);
  }, 40_000);

  it('is done a little later when the job was lost, also for somebody who was never seen', async () => {
    await order('lost', 'canary-dan');
    await inWorkspace(dataSource, 'lost', (runner) => runner.query(`UPDATE erasures SET requested_at = now() - interval '2 minutes'`));
    await queues.of('upkeep').add('resume-erasures', { v: 1, task: 'resume-erasures' });
    await until(async () => (await ordered('lost')) === 0, 20_000);
  }, 40_000);

  it('leaves no file in which the user may stand, and keeps the others', async () => {
    await storeEvents(dataSource, 'filed', [event('a', 'canary-eve', 0)]);
    const span = { format: 'csv', compression: 'none', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    const filed = { all: { dataset: 'events', filter: {} }, hers: { dataset: 'executions', filter: { user_id: 'canary-eve' } }, other: { dataset: 'events', filter: { user_id: 'ben' } }, sums: { dataset: 'rollups', filter: {} } };
    await inWorkspace(dataSource, 'filed', async (runner) => {
      for (const [name, spec] of Object.entries(filed)) {
        const [{ id }] = await runner.query(`INSERT INTO exports (workspace_id, spec, status, requested_by, request_id, bytes) VALUES ('filed', $1, 'completed', 'canary-eve', $2, 1) RETURNING id`, [{ ...spec, ...span }, name]);
        await runner.query(`INSERT INTO export_chunks (workspace_id, export_id, no, bytes) VALUES ('filed', $1, 0, $2)`, [id, Buffer.from(name)]);
      }
    });
    const { position } = await stream.history('filed');
    await order('filed', 'canary-eve');
    await queues.of('erasure').add('erase-user', { v: 1, workspace_id: 'filed', user_id: 'canary-eve' });
    await until(async () => (await ordered('filed')) === 0, 20_000);
    const left = (sql: string) => inWorkspace(dataSource, 'filed', (runner) => runner.query(sql));
    expect(await left(`SELECT request_id AS name, status, requested_by FROM exports ORDER BY 1`)).toEqual([
      { name: 'all', status: 'failed', requested_by: null },
      { name: 'other', status: 'completed', requested_by: null },
      { name: 'sums', status: 'completed', requested_by: null },
    ]);
    expect(await left(`SELECT convert_from(bytes, 'UTF8') AS name FROM export_chunks ORDER BY 1`)).toEqual([{ name: 'other' }, { name: 'sums' }]);
    expect(await tablesThatName('filed', 'canary-eve')).toEqual([]);
    const told = await until(async () => (await stream.history('filed', position)).records.filter(({ entry }) => entry.ch === 'exports').length > 1 && (await stream.history('filed', position)).records, 5_000);
    expect(told.filter(({ entry }) => entry.ch === 'exports').map(({ entry }) => entry.data)).toMatchObject([{ status: 'deleted', dataset: 'executions' }, { status: 'failed', dataset: 'events', rows: 0 }]);
  }, 40_000);
});
