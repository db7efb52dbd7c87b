import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { createDataSource, poolOf, type DatabaseConfig } from '../src';
import { DatabaseConnection } from '../src/database-connection';

const config = (url: string): DatabaseConfig => ({
  DATABASE_URL: url,
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_STATEMENT_TIMEOUT_MS: 5_000,
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: 5_000,
});

describe('the pool of an app whose callers wait', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let connection: DatabaseConnection;
  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = createDataSource(config(database.url), 'test');
    connection = new DatabaseConnection(dataSource, config(database.url), { silenceMs: 5_000, poolWaitMs: 500 });
  });
  afterAll(async () => {
    await connection?.onApplicationShutdown();
    await database?.drop();
  });

  it('holds half of its connections when the module is there, which is before the app is ready, and keeps them', async () => {
    await connection.onModuleInit();
    const pool = poolOf(dataSource);
    expect(pool.idleCount).toBe(5);
    pool.options.idleTimeoutMillis = 50;
    await Promise.all(Array.from({ length: 8 }, () => dataSource.query('SELECT pg_sleep(0.1)')));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect({ total: pool.totalCount, idle: pool.idleCount }).toEqual({ total: 5, idle: 5 });
  });
});
