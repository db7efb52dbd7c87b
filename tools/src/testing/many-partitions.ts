import { Client } from 'pg';
import type { DataSource } from 'typeorm';

/** Makes the partitions of so many days (UTC) up to the day before yesterday, as a service has them that has run for so long. */
export async function makePartitions(adminUrl: string, days: number): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`
      DO $$ DECLARE day date; BEGIN
        FOR day IN SELECT (now() AT TIME ZONE 'UTC')::date - n FROM generate_series(2, ${days + 1}) n LOOP
          EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)', 'events_' || to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        END LOOP;
      END $$`);
  } finally {
    await client.end();
  }
}

const LOCKED = `SELECT count(DISTINCT c.oid)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid() AND c.relname ~ '^events_[0-9]{8}$'`;

/** The most daily partitions that one transaction of `work` locked, planning included. */
export async function mostPartitionsLocked(dataSource: DataSource, work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (...args) => {
    const runner = create(...args);
    const query = runner.query.bind(runner) as (text: string, values?: unknown[]) => Promise<unknown>;
    const looking = async (text: string, values?: unknown[]): Promise<unknown> => {
      if (text === 'COMMIT') most = Math.max(most, ((await query(LOCKED)) as [{ n: number }])[0].n);
      return query(text, values);
    };
    return Object.assign(runner, { query: looking });
  };
  try {
    await work();
  } finally {
    dataSource.createQueryRunner = create;
  }
  return most;
}
