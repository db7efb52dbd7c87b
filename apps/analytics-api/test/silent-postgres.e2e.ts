import { readFileSync, rmSync, mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inSystem, inWorkspace, migrate } from '@shadower/database';
import { PrivatePostgres } from '@shadower/tools/testing';
import { TestApi, type Answer } from './test-api';

const EVENTS = '/api/v1/workspaces/acme/events';

/** The server's processes: the first one that was started, and those that it started. */
const processesOf = (postgres: PrivatePostgres): number[] => {
  const first = postgres.pid as number;
  return [first, ...readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').split(' ').filter(Boolean).map(Number)];
};
const signalAll = (postgres: PrivatePostgres, signal: NodeJS.Signals): void => {
  for (const pid of processesOf(postgres)) process.kill(pid, signal);
};
const until = async (what: string, done: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !(await done()); ) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('a PostgreSQL of its own', () => {
  let folder: string;
  let postgres: PrivatePostgres;
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shadower-silent-'));
    chmodSync(folder, 0o755);
    postgres = await PrivatePostgres.start({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), durable: false });
    await postgres.ensureDatabase('silent');
    await migrate(postgres.adminUrl('silent'));
    // A time-out that ends nothing in time: what answers here is not that.
    api = await TestApi.start({ DATABASE_STATEMENT_TIMEOUT_MS: '30000', EVENTS_MAX_BACKLOG: '100' }, () => Promise.resolve(postgres.appUrl('silent')));
    token = await api.token({ acme: 'member' });
  }, 120_000);
  afterAll(async () => {
    if (postgres) signalAll(postgres, 'SIGCONT');
    await api?.stop();
    await postgres?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const send = (id: string): Promise<Answer> => api.call('POST', EVENTS, { token, body: { events: [{ id, type: 'user.active', time: '2026-11-01T00:00:00Z' }] } });
  const ask = (): Promise<Answer> => api.call('GET', '/api/v1/workspaces/acme/overview?from=2026-11-01&to=2026-11-02', { token });
  const health = async () => (await fetch(`${api.url}/health/detailed`)).text();

  it('that hangs is a 503 long before the time-outs, for requests under way and new ones, and /health says so; then all is as before', async () => {
    expect((await send('before')).status).toBe(200);
    signalAll(postgres, 'SIGSTOP');
    try {
      const begun = performance.now();
      const under = await Promise.all([...Array.from({ length: 12 }, (_, n) => send(`under way ${n}`)), ask()]);
      const known = performance.now();
      const later = await Promise.all([...Array.from({ length: 12 }, (_, n) => send(`later ${n}`)), ask()]);
      const done = performance.now();
      for (const { status, headers, body } of [...under, ...later]) {
        expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(known - begun).toBeLessThan(6_000); // 1.3 s on a quiet machine, the promise is 2 s
      expect(done - known).toBeLessThan(2_000);
      await until('health tells', async () => (await health()).includes('does not answer'));
      expect((await api.call('GET', '/live')).status).toBe(200);
    } finally {
      signalAll(postgres, 'SIGCONT');
    }
    await until('it takes events again', async () => (await send('after')).status === 200);
    for (let n = 0; n < 12; n++) await until('it takes them all', async () => (await send(`under way ${n}`)).status === 200);
    expect((await ask()).body.totals.events).toBe(14);
  }, 90_000);

  it('may think long over one question, as long as it answers another', async () => {
    await inWorkspace(api.dataSource, 'acme', (runner) => runner.query('SELECT pg_sleep(2.5)'));
  }, 30_000);

  it('refuses to let a queue grow whose first has waited too long', async () => {
    const all = Array.from({ length: 10 }, () => inWorkspace(api.dataSource, 'acme', (runner) => runner.query('SELECT pg_sleep(2)')));
    const waiting = ask();
    await new Promise((resolve) => setTimeout(resolve, 700));
    const begun = performance.now();
    expect(await ask()).toMatchObject({ status: 503, body: { detail: 'Too many requests wait for the database.', retry_after_ms: expect.any(Number) } });
    expect(performance.now() - begun).toBeLessThan(1_000);
    await Promise.all([waiting, ...all]);
    expect((await ask()).status).toBe(200);
  }, 30_000);

  it('with too much work left for the workers gets no more events, until they have done it', async () => {
    await inSystem(api.dataSource, (runner) => runner.query('DELETE FROM dirty_buckets'));
    await until('events are taken', async () => (await send('first')).status === 200);
    await inWorkspace(api.dataSource, 'acme', (runner) => runner.query(`INSERT INTO dirty_buckets (workspace_id, bucket) SELECT 'acme', '2026-11-01' FROM generate_series(1, 101)`));
    await until('events are refused', async () => (await send('first')).status === 503);
    expect((await ask()).status).toBe(200);
    await inSystem(api.dataSource, (runner) => runner.query('DELETE FROM dirty_buckets'));
    await until('events are taken again', async () => (await send('first')).status === 200);
  }, 60_000);
});
