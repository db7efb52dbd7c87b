import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource, QueryRunner } from 'typeorm';
import { createDataSource, inSystem, inWorkspace } from '../src';

const TIMEOUT_MS = 10_000;
const add = (id: string) => (runner: QueryRunner) => runner.query(`INSERT INTO events (workspace_id, time, event_id, type) VALUES ('acme', now(), $1, 'user.active')`, [id]);
const count = async (runner: QueryRunner): Promise<number> => ((await runner.query('SELECT count(*)::int AS n FROM events')) as [{ n: number }])[0].n;

describe('a transaction', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    const config = { DATABASE_URL: database.url, DATABASE_POOL_MAX: 2, DATABASE_CONNECT_TIMEOUT_MS: TIMEOUT_MS, DATABASE_STATEMENT_TIMEOUT_MS: TIMEOUT_MS, DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: TIMEOUT_MS };
    dataSource = await createDataSource(config, 'transaction-test').initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it('compiles nothing, whatever the planner thinks that a statement costs', async () => {
    const settings = (runner: QueryRunner) => runner.query('SHOW jit');
    expect(await inWorkspace(dataSource, 'acme', settings)).toEqual([{ jit: 'off' }]);
    expect(await inWorkspace(dataSource, 'acme', settings, { snapshot: true })).toEqual([{ jit: 'off' }]);
    expect(await inSystem(dataSource, settings)).toEqual([{ jit: 'off' }]);
  });

  it('shows every statement the same rows when it is a snapshot, none that was committed after it began, and writes nothing', async () => {
    await inWorkspace(dataSource, 'acme', add('before'));
    const seen = await inWorkspace(
      dataSource,
      'acme',
      async (runner) => {
        const [{ at }] = (await runner.query('SELECT transaction_timestamp() AS at')) as [{ at: Date }];
        await inWorkspace(dataSource, 'acme', add('meanwhile'));
        return { at, counts: [await count(runner), await count(runner)] };
      },
      { snapshot: true },
    );
    expect(seen.counts).toEqual([1, 1]);
    const [late] = await inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT arrived_at FROM events WHERE arrived_at > $1', [seen.at]));
    expect(late).toBeDefined();
    expect(await inWorkspace(dataSource, 'acme', count)).toBe(2);
    await expect(inWorkspace(dataSource, 'acme', add('refused'), { snapshot: true })).rejects.toMatchObject({ cause: { message: expect.stringContaining('read-only transaction') } });
  });

  it('takes four round trips around a read, whether it is a snapshot or not, and leaves nothing behind when it fails', async () => {
    const sent: string[] = [];
    const create = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (...args) => {
      const runner = create(...args);
      const query = runner.query.bind(runner);
      return Object.assign(runner, { query: (text: string, values?: unknown[]) => (sent.push(text.split(' ')[0] as string), query(text, values)) });
    };
    for (const snapshot of [true, false]) await inWorkspace(dataSource, 'acme', count, { snapshot });
    expect(sent).toEqual(Array.from({ length: 2 }, () => ['START', 'SELECT', 'SELECT', 'COMMIT']).flat());
    dataSource.createQueryRunner = create;
    await expect(inWorkspace(dataSource, 'acme', async (runner) => (await add('given up')(runner), Promise.reject(new Error('given up'))))).rejects.toThrow('given up');
    expect(await inWorkspace(dataSource, 'acme', count)).toBe(2);
  });
});
