import { createDataSource, databaseEnv, inWorkspace } from '@shadower/database';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { SnapshotReader } from '../src/live/snapshot-reader';

const open = (url: string): Promise<DataSource> => createDataSource(z.object(databaseEnv).parse({ DATABASE_URL: url }), 'snapshot-reader-test').initialize();

describe('the snapshot of today', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: DataSource;

  beforeAll(async () => {
    database = await freshDatabase();
    [dataSource, admin] = await Promise.all([open(database.url), open(database.adminUrl)]);
  });
  afterAll(async () => {
    await Promise.all([dataSource?.destroy(), admin?.destroy()]);
    await database?.drop();
  });

  const store = (id: string): Promise<unknown> =>
    inWorkspace(dataSource, 'acme', async (runner) => {
      await runner.query(`INSERT INTO events (workspace_id, time, event_id, type, user_id) VALUES ('acme', now(), $1, 'query.run', $1)`, [id]);
      await runner.query(`INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ('acme', date_bin('15 minutes', now(), '2000-01-01 00:00Z')) ON CONFLICT DO NOTHING`);
    });
  const waits = async (): Promise<boolean> => (await admin.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)).length > 0;

  it('is of one moment: an event that comes between its rows and its users is in neither', async () => {
    await store('first');
    const blocker = admin.createQueryRunner();
    await blocker.startTransaction();
    // Only the question for the users looks there.
    await blocker.query('LOCK TABLE workspace_users IN ACCESS EXCLUSIVE MODE');
    const reading = new SnapshotReader(dataSource).fresh('acme', 'metrics');
    while (!(await waits())) await new Promise((resolve) => setTimeout(resolve, 20));
    await store('second');
    await blocker.rollbackTransaction();
    await blocker.release();
    expect(await reading).toMatchObject({ active_users: 1, buckets: [{ kind: 'query.run', events: 1 }] });
    expect(await new SnapshotReader(dataSource).fresh('acme', 'metrics')).toMatchObject({ active_users: 2, buckets: [{ events: 2 }] });
  }, 30_000);
});
