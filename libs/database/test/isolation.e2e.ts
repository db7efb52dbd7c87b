import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, inSystem, inWorkspace, runStatement, StatementError } from '../src';

// Honest work on a busy machine takes its time.
jest.setTimeout(60_000);

const MINE = 'mine';
/** Something of each type, and where a table takes only some words, one of those. */
const VALUES: Record<string, string> = { text: `'x'`, uuid: 'gen_random_uuid()', jsonb: `'{}'`, bytea: `'x'`, integer: '1', bigint: '1', smallint: '1', date: 'current_date', 'timestamp with time zone': 'now()', numeric: '1', bit: `repeat('1', 32768)::bit(32768)` };
const WORDS: Record<string, string> = { kind: `'quota'`, period: `'day'`, type: `'user.active'`, dimension: `'agent'`, scopes: `'{read}'` };
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

  async function asAdmin<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    try {
      return (await admin.query<Row>(text, values)).rows;
    } finally {
      await admin.end();
    }
  }

  /** An INSERT of one row into a table for the workspace $1, with some value of its type for each column that needs one. */
  async function insertInto(table: string): Promise<string> {
    const columns = await asAdmin<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attnotnull AND NOT atthasdef AND attidentity = '' AND attname <> 'workspace_id'`,
      [table],
    );
    const valueOf = ({ name, type }: { name: string; type: string }): string => {
      const value = WORDS[name] ?? (type.endsWith('[]') ? `'{}'` : VALUES[type.replace(/\(.*\)/, '')]);
      if (value === undefined) throw new Error(`${table}.${name} is a ${type}: what may stand in it?`);
      return value;
    };
    return `INSERT INTO ${table} (${['workspace_id', ...columns.map(({ name }) => name)].join()}) VALUES (${['$1', ...columns.map(valueOf)].join()})`;
  }

  async function assertIsolated(table: string): Promise<void> {
    const insert = await insertInto(table);
    const [mine, theirs] = [`${table}-a`, `${table}-b`];
    const count = async (workspace: string): Promise<number> => (await inWorkspace(dataSource, workspace, (runner) => runner.query(`SELECT count(*)::int AS n FROM ${table}`)))[0].n;
    for (const workspace of [mine, theirs]) await inWorkspace(dataSource, workspace, (runner) => runner.query(insert, [workspace]));
    expect({ table, mine: await count(mine), theirs: await count(theirs), none: await count('nobody') }).toEqual({ table, mine: 1, theirs: 1, none: 0 });
    await expect(inWorkspace(dataSource, mine, (runner) => runner.query(insert, [`${table}-c`]))).rejects.toThrow('row-level security');
    await expect(inWorkspace(dataSource, mine, (runner) => runner.query(`UPDATE ${table} SET workspace_id = $1`, [`${table}-c`]))).rejects.toThrow('row-level security');
    const [, changed] = await inWorkspace(dataSource, mine, (runner) => runner.query(`UPDATE ${table} SET workspace_id = workspace_id WHERE workspace_id = $1`, [theirs]));
    const [, removed] = await inWorkspace(dataSource, mine, (runner) => runner.query(`DELETE FROM ${table}`));
    expect({ table, changed, removed, theirs: await count(theirs) }).toEqual({ table, changed: 0, removed: 1, theirs: 1 });
    await asAdmin(`DELETE FROM ${table} WHERE workspace_id = $1`, [theirs]);
  }

  it('binds a role that owns nothing and bypasses nothing', async () => {
    const [role] = await dataSource.query(`
      SELECT rolsuper, rolbypassrls, rolcreaterole, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned FROM pg_roles r WHERE rolname = current_user`);
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, owned: 0 });
  });

  it('is forced on every table that has a workspace_id, partitions too, by the one policy that there may be', async () => {
    const rows = await asAdmin<{ name: string; forced: boolean; policies: object[] }>(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
        (SELECT coalesce(jsonb_agg(to_jsonb(p) - 'tablename' - 'schemaname' ORDER BY policyname), '[]') FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname) AS policies
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace`);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ forced }) => !forced)).toEqual([]);
    // Without an expression of its own for what is written, a policy holds that to the one for what is read.
    const qual = `((workspace_id = ( SELECT current_setting('app.workspace_id'::text, true) AS current_setting)) OR (( SELECT current_setting('app.scope'::text, true) AS current_setting) = 'system'::text))`;
    const allowed = [{ policyname: 'tenant', permissive: 'PERMISSIVE', roles: ['public'], cmd: 'ALL', qual, with_check: null }];
    for (const { name, policies } of rows) expect({ name, policies }).toEqual({ name, policies: allowed });
  });

  it('keeps every table of a tenant to itself, for reading, writing and changing', async () => {
    const tables = (await asAdmin<{ name: string }>(`SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace`)).map(({ name }) => name);
    expect(tables).toEqual(expect.arrayContaining(['events', 'dirty_buckets', 'rollup_15m', 'exports', 'export_chunks', 'api_keys', 'credit_quotas', 'alerts', 'erasures', 'dead_jobs', 'idempotency_keys', 'retention_policies']));
    for (const table of tables) await assertIsolated(table);
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
