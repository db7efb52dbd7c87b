import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { MIGRATIONS_TABLE } from './data-source';
import { ensureEventPartitions } from './event-partitions';
import { MIGRATIONS } from './migrations';
import { typeormLogger } from './typeorm-logger';

/** An arbitrary number that only this product's migrations lock. */
const LOCK = 7_221_908_411;

/**
 * Brings the schema to the newest level and makes the partitions of yesterday to a week ahead. Any number of processes may
 * call it at once: one works, the others wait and find it done. `url` must log in as the schema's owner.
 */
export const migrate = (url: string): Promise<void> =>
  underLock(url, async (dataSource) => {
    await dataSource.runMigrations({ transaction: 'each' });
    await dataSource.query(`DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN GRANT SELECT ON ${MIGRATIONS_TABLE} TO shadower_app; END IF; END $$`);
    await ensureEventPartitions((text, values) => dataSource.query(text, values));
  });

/** Takes the newest migration back. Its data is gone with it. */
export const revert = (url: string): Promise<void> => underLock(url, (dataSource) => dataSource.undoLastMigration({ transaction: 'each' }));

async function underLock(url: string, work: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const guard = new Client({ connectionString: url, application_name: 'shadower-migrate-lock', connectionTimeoutMillis: 10_000 });
  const dataSource = new DataSource({ type: 'postgres', url, applicationName: 'shadower-migrate', poolSize: 1, installExtensions: false, logger: typeormLogger, migrations: MIGRATIONS, migrationsTableName: MIGRATIONS_TABLE });
  // The lock belongs to the connection: it is free again as soon as this process is gone, however it ended.
  guard.on('error', () => undefined);
  await guard.connect();
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await dataSource.initialize();
    await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await guard.end();
  }
}
