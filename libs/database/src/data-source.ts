import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import type { DatabaseConfig } from './config';
import { MIGRATIONS } from './migrations';
import { ObservedClient } from './observed-client';
import { typeormLogger } from './typeorm-logger';

/** The table that says which migrations have run. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** A data source over one bounded pool, not yet connected. `applicationName` is what pg_stat_activity shows. */
export function createDataSource(config: DatabaseConfig, applicationName: string): DataSource {
  const logger = getLogger('database');
  return new DataSource({
    type: 'postgres',
    url: config.DATABASE_URL,
    applicationName,
    poolSize: config.DATABASE_POOL_MAX,
    connectTimeoutMS: config.DATABASE_CONNECT_TIMEOUT_MS,
    installExtensions: false,
    logger: typeormLogger,
    entities: [],
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    poolErrorHandler: (err: Error) => logger.warn({ err }, 'an idle connection was lost'),
    extra: {
      Client: ObservedClient,
      keepAlive: true,
      statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
      // The network may swallow PostgreSQL's own time-out: the client gives up too, a little later.
      query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + 500,
      idle_in_transaction_session_timeout: config.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
  });
}
