import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { forgetIdempotencyKeys } from '../src/upkeep/forget-idempotency-keys';
import { openDatabase } from './worker-database';

describe('old idempotency keys', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let admin: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    [dataSource, admin] = await Promise.all([openDatabase(database.url), openDatabase(database.adminUrl)]);
  });
  afterAll(async () => {
    await Promise.all([dataSource?.destroy(), admin?.destroy()]);
    await database?.drop();
  });

  it('are deleted in every workspace, more than fit into one transaction, and younger ones are kept', async () => {
    const add = (workspace: string, hours: number, count: number) =>
      admin.query(`INSERT INTO idempotency_keys (workspace_id, operation, key, fingerprint, created_at) SELECT $1, 'export', $2 || '-' || n, '', now() - $2::int * interval '1 hour' FROM generate_series(1, $3::int) n`, [workspace, String(hours), count]);
    await add('acme', 25, 5_001);
    await add('acme', 23, 2);
    await add('idle', 1_000, 1);
    await forgetIdempotencyKeys(dataSource);
    expect(await admin.query('SELECT workspace_id, key FROM idempotency_keys ORDER BY key')).toEqual([{ workspace_id: 'acme', key: '23-1' }, { workspace_id: 'acme', key: '23-2' }]);
  });
});
