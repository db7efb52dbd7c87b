import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import { readMetric } from '@shadower/telemetry/testing';
import { createDataSource, inWorkspace, runStatement, type DatabaseConfig } from '../src';

const config = (url: string): DatabaseConfig => ({
  DATABASE_URL: url,
  DATABASE_POOL_MAX: 1,
  DATABASE_CONNECT_TIMEOUT_MS: 300,
  DATABASE_STATEMENT_TIMEOUT_MS: 400,
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: 5_000,
});
const unavailable = expect.objectContaining({ code: 'unavailable', status: 503, retryAfterMs: expect.any(Number) });

describe('when PostgreSQL cannot serve', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await freshDatabase()));
  afterAll(() => database?.drop());

  it('says so before the first connection', async () => {
    await expect(inWorkspace(createDataSource(config(database.url), 'test'), 'acme', () => Promise.resolve())).rejects.toEqual(unavailable);
  });

  it('gives up on a statement that takes too long, and on a pool that is used up, and goes on afterwards', async () => {
    const dataSource = await createDataSource(config(database.url), 'test').initialize();
    const slow = inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT pg_sleep(20)'));
    const waiting = runStatement(dataSource, { name: 'one', text: 'SELECT 1' }, []);
    await expect(waiting).rejects.toEqual(unavailable);
    await expect(slow).rejects.toEqual(unavailable);
    await expect(runStatement(dataSource, { name: 'one', text: 'SELECT 1 AS one' }, [])).resolves.toMatchObject({ rows: [{ one: 1 }] });
    await dataSource.destroy();
    expect(await readMetric('database_errors_total', { error_type: 'timeout' })).toBeGreaterThan(0);
    expect(await readMetric('database_errors_total', { error_type: 'connection' })).toBeGreaterThan(0);
  });

  it('drops a connection whose session was ended, and takes another', async () => {
    const dataSource = await createDataSource(config(database.url), 'test').initialize();
    await expect(inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT pg_terminate_backend(pg_backend_pid())'))).rejects.toEqual(unavailable);
    await expect(inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT 1 AS one'))).resolves.toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  it('does not wait for a server that accepts and never answers', async () => {
    const silent: Server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const started = performance.now();
    await expect(createDataSource(config(`postgres://nobody@127.0.0.1:${(silent.address() as AddressInfo).port}/none`), 'test').initialize()).rejects.toThrow('timeout');
    expect(performance.now() - started).toBeLessThan(2_000);
    silent.close();
  });
});
