import { AppError } from '@shadower/domain';
import { counter } from '@shadower/telemetry';
import type { Pool, QueryResult, QueryResultRow } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { errorType, translated } from './database-error';
import { queued } from './pool-wait';
import { refuseWhileSilent } from './silence';

/** One transaction that sees and writes the rows of one workspace only. Throws AppError `unavailable` when PostgreSQL cannot serve it. */
export const inWorkspace = <T>(dataSource: DataSource, workspaceId: string, work: (runner: QueryRunner) => Promise<T>): Promise<T> =>
  transaction(dataSource, 'app.workspace_id', workspaceId, work);

/** One transaction that sees every workspace: for the system's own work, never for a request of a tenant. */
export const inSystem = <T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> =>
  transaction(dataSource, 'app.scope', 'system', work);

/** A statement that is prepared once per connection, under a name of ours. */
export interface Statement {
  name: string;
  text: string;
}

/**
 * Runs one statement as its own transaction, in one round trip. It must name its workspace itself:
 * `set_config('app.workspace_id', $1, true)` lasts as long as the statement.
 */
export async function runStatement<Row extends QueryResultRow>(dataSource: DataSource, statement: Statement, values: unknown[]): Promise<QueryResult<Row>> {
  try {
    const client = await acquired(dataSource, () => poolOf(dataSource).connect());
    try {
      return await client.query<Row>({ ...statement, values });
    } finally {
      client.release();
    }
  } catch (error) {
    throw translated(error);
  }
}

/** The pool that TypeORM made; throws AppError `unavailable` before the first connection. */
export function poolOf(dataSource: DataSource): Pool {
  const pool = (dataSource.driver as unknown as { master?: Pool }).master;
  if (!dataSource.isInitialized || !pool) throw new AppError('unavailable', 'The database has not been reached yet.', { retryAfterMs: 1_000 });
  return pool;
}

async function transaction<T>(dataSource: DataSource, setting: string, value: string, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  poolOf(dataSource);
  const runner = dataSource.createQueryRunner();
  try {
    await acquired(dataSource, () => runner.connect());
    await runner.startTransaction();
    await runner.query('SELECT set_config($1, $2, true)', [setting, value]);
    const result = await work(runner);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // The first failure is the one to tell; a connection that is gone cannot roll back and need not.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw translated(error);
  } finally {
    await runner.release().catch(() => undefined);
  }
}

/** Waiting for a connection fails outside any statement, so it is counted here. */
async function acquired<T>(dataSource: DataSource, connect: () => Promise<T>): Promise<T> {
  try {
    refuseWhileSilent(dataSource);
    return await queued(dataSource, connect);
  } catch (error) {
    counter('database_errors_total').inc({ error_type: error instanceof AppError ? 'connection' : errorType(error) });
    throw error;
  }
}
