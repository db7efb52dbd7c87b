import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, inSystem, inWorkspace, runStatement, StatementError } from '../src';

// Honest work on a busy machine takes its time.
jest.setTimeout(60_000);

const MINE = 'mine';
const add = (workspace: string, id: string) => `INSERT INTO events (workspace_id, time, event_id, type) VALUES ('${workspace}', now(), '${id}', 'user.active')`;

describe('row-level security', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = createDataSource(
      { DATABASE_URL: database.url, DATABASE_POOL_MAX: 3, DATABASE_CONNECT_TIMEOUT_MS: 5_000, DATABASE_STATEMENT_TIMEOUT_MS: 10_000, DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: 10_000 },
      'isolation-test',
    );
    await dataSource.initialize();
    for (const workspace of [MINE, 'theirs']) await inWorkspace(dataSource, workspace, (runner) => runner.query(add(workspace, 'one')));
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it('binds a role that owns nothing and bypasses nothing', async () => {
    const [role] = await dataSource.query(`
      SELECT rolsuper, rolbypassrls, rolcreaterole, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned FROM pg_roles r WHERE rolname = current_user`);
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, owned: 0 });
  });

  it('is forced, with a policy, on every table that has a workspace_id', async () => {
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const { rows } = await admin.query<{ name: string; safe: boolean }>(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) AS safe
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`);
    await admin.end();
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ safe }) => !safe)).toEqual([]);
  });

  it('shows a session without a workspace nothing, and lets it write nothing', async () => {
    expect(await dataSource.query('SELECT * FROM events')).toEqual([]);
    await expect(dataSource.query(add(MINE, 'two'))).rejects.toThrow('row-level security');
  });

  it('shows one workspace, and refuses rows of another', async () => {
    const seen = await inWorkspace(dataSource, MINE, (runner) => runner.query('SELECT DISTINCT workspace_id FROM events'));
    expect(seen).toEqual([{ workspace_id: MINE }]);
    await expect(inWorkspace(dataSource, MINE, (runner) => runner.query(add('theirs', 'two')))).rejects.toBeInstanceOf(StatementError);
    const [, changed] = await inWorkspace(dataSource, MINE, (runner) => runner.query(`UPDATE events SET type = 'query.run' WHERE workspace_id = 'theirs'`));
    expect(changed).toBe(0);
  });

  it('does not let a partition be read past its policy', async () => {
    await expect(inWorkspace(dataSource, MINE, (runner) => runner.query('SELECT * FROM events_default'))).rejects.toThrow('permission denied');
  });

  it('shows the system everything', async () => {
    const seen = await inSystem(dataSource, (runner) => runner.query('SELECT DISTINCT workspace_id FROM events ORDER BY 1'));
    expect(seen).toEqual([{ workspace_id: MINE }, { workspace_id: 'theirs' }]);
  });

  it('leaks nothing through a pooled connection in 1,000 interleavings', async () => {
    const COUNT = { name: 'visible', text: `SELECT array_agg(DISTINCT workspace_id) AS seen FROM events` };
    const SCOPED = { name: 'scoped', text: `WITH s AS MATERIALIZED (SELECT set_config('app.workspace_id', $1, true) AS w) INSERT INTO dirty_buckets (workspace_id, bucket) SELECT w, date_bin('15 minutes', now(), 'epoch') FROM s` };
    const turn = async (index: number): Promise<void> => {
      const kind = index % 5;
      if (kind === 0) await inSystem(dataSource, (runner) => runner.query('SELECT 1'));
      else if (kind === 1) await runStatement(dataSource, SCOPED, ['theirs']);
      else if (kind === 2) await expect(inWorkspace(dataSource, 'theirs', () => Promise.reject(new Error('given up')))).rejects.toThrow('given up');
      else if (kind === 3) expect((await inWorkspace(dataSource, MINE, (runner) => runner.query(COUNT.text)))[0].seen).toEqual([MINE]);
      else expect((await runStatement<{ seen: string[] | null }>(dataSource, COUNT, [])).rows[0]?.seen).toBeNull();
    };
    const order = Array.from({ length: 1_000 }, (_, index) => (index * 7) % 1_000);
    for (let start = 0; start < order.length; start += 20) await Promise.all(order.slice(start, start + 20).map(turn));
  });
});
