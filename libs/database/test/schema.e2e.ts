import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { Client } from 'pg';
import { ensureEventPartitions } from '../src/event-partitions';
import { migrate, revert } from '../src/migrate';

// Honest work on a busy machine takes its time.
jest.setTimeout(60_000);

describe('schema', () => {
  let database: TestDatabase;
  let admin: Client;
  beforeEach(async () => {
    database = await freshDatabase({ empty: true });
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
  });
  afterEach(async () => {
    await admin.end();
    await database.drop();
  });

  /** Everything that a migration can change, in an order of its own. */
  const shape = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ line: string }>(`
      SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT format('policy %s on %s %s', policyname, tablename, qual) FROM pg_policies WHERE schemaname = 'public'
      UNION ALL SELECT format('function %s %s', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT format('grant %s on %s to %s', privilege_type, table_name, grantee) FROM information_schema.role_table_grants WHERE table_schema = 'public'
      ORDER BY 1`);
    return rows.map(({ line }) => line);
  };

  const constraints = async (): Promise<unknown[]> => (await admin.query(`SELECT conname FROM pg_constraint WHERE conrelid = 'events_default'::regclass AND contype = 'c'`)).rows;

  it('is made once by five starters at a time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => migrate(database.adminUrl)));
    const { rows } = await admin.query('SELECT name, count(*)::int AS times FROM schema_migrations GROUP BY name HAVING count(*) <> 1');
    expect(rows).toEqual([]);
    const first = await shape();
    await migrate(database.adminUrl);
    expect(await shape()).toEqual(first);
  });

  it('goes back to nothing and forward to the same', async () => {
    await migrate(database.adminUrl);
    const before = await shape();
    const { rows } = await admin.query<{ n: number }>('SELECT count(*)::int AS n FROM schema_migrations');
    for (let left = rows[0]?.n ?? 0; left > 0; left--) await revert(database.adminUrl);
    expect((await shape()).filter((line) => !line.includes('schema_migrations'))).toEqual([]);
    await migrate(database.adminUrl);
    expect(await shape()).toEqual(before);
  });

  it('has partitions from yesterday to a week ahead, and moves rows that came before their partition', async () => {
    await migrate(database.adminUrl);
    const partitions = `SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'events'::regclass`;
    expect((await admin.query(partitions)).rows).toEqual([{ n: 10 }]); // nine days and the default
    await admin.query(`INSERT INTO events (workspace_id, time, event_id, type) VALUES ('acme', now() + interval '10 days', 'early', 'user.active')`);
    const tableOf = async () => (await admin.query<{ name: string }>(`SELECT tableoid::regclass::text AS name FROM events WHERE event_id = 'early'`)).rows[0]?.name;
    expect(await tableOf()).toBe('events_default');
    const made = await Promise.all(
      [1, 2].map(async () => {
        const client = new Client({ connectionString: database.adminUrl });
        await client.connect();
        const { rows } = await client.query<{ made: boolean }>(`SELECT ensure_event_partition((now() AT TIME ZONE 'UTC' + interval '10 days')::date) AS made`);
        await client.end();
        return rows[0]?.made;
      }),
    );
    expect(made.sort()).toEqual([false, true]);
    expect(await tableOf()).toMatch(/^events_\d{8}$/);
  });

  it('makes the partition of a day ahead without reading events_default under a lock', async () => {
    await migrate(database.adminUrl);
    const newest = `events_${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')}`;
    await admin.query(`DROP TABLE ${newest}`);
    const notices: string[] = [];
    admin.on('notice', ({ message }) => void notices.push(String(message)));
    await admin.query('SET client_min_messages = debug1');
    const made = await ensureEventPartitions(async (text, values) => (await admin.query(text, values)).rows);
    await admin.query('RESET client_min_messages');
    expect(made).toEqual([newest.replace(/events_(....)(..)(..)/, '$1-$2-$3')]);
    expect(notices.filter((message) => message.includes('"events_default"'))).toEqual(expect.arrayContaining([expect.stringContaining('is implied by existing constraints')]));
    expect(await constraints()).toEqual([]);
  });

  it('lets events of a day ahead move with its partition, and takes back what a maker left that was ended', async () => {
    await migrate(database.adminUrl);
    const [one, two] = [6, 7].map((ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10)) as [string, string];
    for (const day of [one, two]) await admin.query(`DROP TABLE events_${day.replaceAll('-', '')}`);
    await admin.query(`INSERT INTO events (workspace_id, time, event_id, type) VALUES ('acme', $1::date + interval '1 hour', 'stray', 'user.active')`, [two]);
    await admin.query('SELECT exclude_event_day($1::date)', [one]);
    expect(await constraints()).toHaveLength(1);
    expect(await ensureEventPartitions(async (text, values) => (await admin.query(text, values)).rows)).toEqual([one, two]);
    expect((await admin.query(`SELECT tableoid::regclass::text AS name FROM events`)).rows).toEqual([{ name: `events_${two.replaceAll('-', '')}` }]);
    expect(await constraints()).toEqual([]);
    await expect(admin.query(`SELECT exclude_event_day((now() AT TIME ZONE 'UTC')::date + 1)`)).rejects.toThrow('may come meanwhile');
  });

  it('keeps every key local to a workspace, so that Citus could spread all tables by it', async () => {
    await migrate(database.adminUrl);
    const { rows } = await admin.query(`
      SELECT c.relname AS table, i.relname AS key FROM pg_index x
      JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
      WHERE n.nspname = 'public' AND x.indisunique AND a.attname <> 'workspace_id' AND c.relname <> 'schema_migrations'`);
    expect(rows).toEqual([]);
    const foreignKeys = await admin.query(`SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace`);
    expect(foreignKeys.rows).toEqual([]);
  });
});
