import { factsOf, generationOf, inWorkspace, steppedFacts } from '@shadower/database';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { openDatabase, storeEvents, type TestEvent } from './worker-database';
import { recompute } from '../src/rollups/recompute';
import type { Retention } from '../src/retention/retention';

const DAY = 86_400_000;

describe('retention', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: DataSource;
  let retention: Retention;
  const now = Date.now();
  beforeAll(async () => {
    database = await freshDatabase();
    [dataSource, admin] = await Promise.all([openDatabase(database.url), openDatabase(database.adminUrl)]);
    // Not imported above, because it reads the environment.
    const { Retention: Task } = jest.requireActual<typeof import('../src/retention/retention')>('../src/retention/retention');
    retention = new Task(dataSource);
  });
  afterAll(async () => {
    await Promise.all([dataSource?.destroy(), admin?.destroy()]);
    await database?.drop();
  });

  const query = <T>(workspaceId: string, sql: string, values: unknown[] = [workspaceId]): Promise<T[]> => inWorkspace(dataSource, workspaceId, (runner) => runner.query(sql, values));
  const event = (id: string, daysAgo: number): TestEvent => ({ id, time: new Date(now - daysAgo * DAY), type: 'execution.completed', user_id: `user ${id}`, credits: '1.5' });
  const store = async (workspaceId: string, ...daysAgo: number[]): Promise<void> => {
    await storeEvents(dataSource, workspaceId, daysAgo.map((days) => event(`d${days}`, days)));
    await rollUp(workspaceId);
  };
  const rollUp = async (workspaceId: string): Promise<void> => {
    for (let pass = await recompute(dataSource, workspaceId, 100, async () => undefined); pass.busy || pass.buckets > 0; ) pass = await recompute(dataSource, workspaceId, 100, async () => undefined);
  };
  const keep = (workspaceId: string, days: number) => query(workspaceId, `INSERT INTO retention_policies (workspace_id, events_days, updated_at) VALUES ($1, $2, now() - interval '1 hour')`, [workspaceId, days]);
  const raw = async (workspaceId: string) => (await query<{ id: string }>(workspaceId, 'SELECT event_id AS id FROM events WHERE workspace_id = $1 ORDER BY time')).map(({ id }) => id);
  const generationNow = async (workspaceId: string): Promise<string> => (await generationOf(dataSource, workspaceId, { from: new Date(0), to: new Date(now) })).generation;
  /** What analytics say, by both ways of reading them. */
  const figures = async (workspaceId: string) => {
    const span = [new Date(Math.floor(now / DAY) * DAY - 90 * DAY), new Date(Math.floor(now / DAY) * DAY + DAY)];
    const at = { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: 'ARRAY[$2, $3]::timestamptz[]', key: 'NULL::text' };
    return [
      await query(workspaceId, `WITH ${factsOf('$1', '$2::timestamptz', '$3::timestamptz')} SELECT sum(events) AS events, sum(credits) AS credits FROM facts`, [workspaceId, ...span]),
      await query(workspaceId, `WITH ${steppedFacts('user', at)} SELECT key, sum(events) AS events, sum(credits) AS credits FROM facts GROUP BY key ORDER BY key`, [workspaceId, ...span]),
    ];
  };

  it('removes what each workspace no longer keeps, and not a figure changes, then or when marks come late', async () => {
    await keep('short', 7);
    await store('short', 0, 3, 20, 60);
    await store('long', 0, 3, 20, 60);
    const before = { short: await figures('short'), long: await figures('long') };
    const generation = await generationNow('short');
    await retention.run(new Date(now));
    expect(await generationNow('short')).not.toBe(generation);
    expect(await raw('short')).toEqual(['d3', 'd0']);
    expect(await raw('long')).toEqual(['d60', 'd20', 'd3', 'd0']);
    expect({ short: await figures('short'), long: await figures('long') }).toEqual(before);
    const after = await generationNow('short');
    await retention.run(new Date(now));
    expect(await generationNow('short')).toBe(after); // nothing moved: no kept answer goes
    await query('short', `INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ($1, date_bin('15 minutes', $2::timestamptz, 'epoch'::timestamptz))`, ['short', new Date(now - 20 * DAY)]);
    await rollUp('short');
    expect(await figures('short')).toEqual(before.short);
  });

  it('keeps the events that no rollup holds yet, and the days after them', async () => {
    await keep('behind', 7);
    await store('behind', 60, 20);
    await storeEvents(dataSource, 'behind', [event('unseen', 40)]);
    await retention.run(new Date(now));
    expect(await raw('behind')).toEqual(['unseen', 'd20']);
    await rollUp('behind');
    await retention.run(new Date(now));
    expect(await raw('behind')).toEqual([]);
    expect((await figures('behind'))[0]).toEqual([{ events: '3', credits: '4.500000' }]);
  });

  it('waits with a policy that was set just now, for replicas that do not know it yet', async () => {
    await store('new', 20);
    await query('new', 'INSERT INTO retention_policies (workspace_id, events_days) VALUES ($1, 7)');
    await retention.run(new Date());
    expect(await raw('new')).toEqual(['d20']);
    await retention.run(new Date(Date.now() + 11 * 60_000));
    expect(await raw('new')).toEqual([]);
  });

  it('removes old alerts, those that somebody has seen to sooner', async () => {
    await query('long', `INSERT INTO alerts (workspace_id, kind, subject, details, raised_at, acknowledged_at)
      SELECT $1, 'spike', days || ' ' || seen, '{}', $2::timestamptz - days * interval '1 day', CASE WHEN seen THEN now() END FROM unnest('{89,91,399,401}'::int[]) days, unnest('{t,f}'::boolean[]) seen`, ['long', new Date(now)]);
    await retention.run(new Date(now));
    expect(await query('long', 'SELECT subject FROM alerts WHERE workspace_id = $1 ORDER BY subject')).toEqual(['399 false', '89 false', '89 true', '91 false'].map((subject) => ({ subject })));
  });

  it('goes on with the others, and with the partitions, when it fails for one workspace', async () => {
    const oldest = new Date(now - 30 * DAY);
    await admin.query('SELECT ensure_event_partition($1::date)', [oldest]);
    const name = `events_${oldest.toISOString().slice(0, 10).replaceAll('-', '')}`;
    const there = async () => (await admin.query('SELECT to_regclass($1) IS NOT NULL AS there', [name]))[0].there as boolean;
    expect(await there()).toBe(true);
    for (const workspaceId of ['broken', 'whole']) {
      await store(workspaceId, 20);
      await keep(workspaceId, 7);
    }
    await admin.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$`);
    await admin.query(`CREATE TRIGGER refuse BEFORE UPDATE ON workspace_state FOR EACH ROW WHEN (OLD.workspace_id = 'broken') EXECUTE FUNCTION refuse()`);
    await expect(retention.run(new Date(now))).rejects.toMatchObject({ message: 'no' });
    expect([await raw('broken'), await raw('whole'), await there()]).toEqual([['d20'], [], false]);
    await admin.query('DROP FUNCTION refuse CASCADE');
  });

  it('drops the partitions of days that nobody has an event of, as the clock goes on, and makes do without them', async () => {
    const partitions = async () => (await admin.query(`SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass ORDER BY 1`)).map(({ name }: { name: string }) => name) as string[];
    const today = `events_${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}`;
    expect(await partitions()).toContain(today);
    await retention.run(new Date(now + 12 * DAY));
    expect(await raw('short')).toEqual([]);
    expect(await partitions()).toContain(today); // 'long' has an event of today
    await keep('long', 7);
    await retention.run(new Date(now + 12 * DAY));
    expect(await raw('long')).toEqual([]);
    expect(await partitions()).not.toContain(today);
    await store('after', 0);
    expect(await raw('after')).toEqual(['d0']);
  });
});
