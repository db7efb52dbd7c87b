import { freshDatabase, makePartitions, mostPartitionsLocked, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { createDataSource, distinctUsers, factsOf, inWorkspace, keepActiveDays, readActiveDays, steppedFacts } from '../src';

const TIMEOUT_MS = 20_000;
const DAY_MS = 86_400_000;
const PARTITIONS = 400;
/** The day itself and its neighbours, where a bound falls on midnight. */
const HANDFUL = 3;
const AT = { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: 'ARRAY[$2, $3]::timestamptz[]', key: 'NULL::text' };

describe(`with ${PARTITIONS} days of events`, () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  const day = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS);
  const range = { from: day, to: new Date(day.getTime() + DAY_MS) };
  beforeAll(async () => {
    database = await freshDatabase();
    await makePartitions(database.adminUrl, PARTITIONS);
    const config = { DATABASE_URL: database.url, DATABASE_POOL_MAX: 2, DATABASE_CONNECT_TIMEOUT_MS: TIMEOUT_MS, DATABASE_STATEMENT_TIMEOUT_MS: TIMEOUT_MS, DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: TIMEOUT_MS };
    dataSource = await createDataSource(config, 'pruning-test').initialize();
    await inWorkspace(dataSource, 'acme', (runner) => runner.query(`INSERT INTO events (workspace_id, time, event_id, type, user_id) SELECT 'acme', $1::timestamptz + n * interval '1 hour', n, 'query.run', n FROM generate_series(0, 23) n`, [day]));
    await inWorkspace(dataSource, 'acme', (runner) => runner.query(`INSERT INTO dirty_buckets (workspace_id, bucket) SELECT 'acme', $1::timestamptz + n * interval '1 hour' FROM generate_series(0, 23) n`, [day]));
  }, 120_000);
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it.each([
    ['the rows of every quarter of an hour', `WITH ${factsOf('$1', AT.from, AT.to)} SELECT sum(events)::int AS n FROM facts`],
    ['the figures by kind', `WITH ${steppedFacts('kind', AT)} SELECT sum(events)::int AS n FROM facts`],
    ['the figures by user', `WITH ${steppedFacts('user', AT)} SELECT sum(events)::int AS n FROM facts`],
    ['the distinct users', `SELECT users::int AS n FROM (${distinctUsers('$1', AT.from, AT.to)}) u`],
  ])('%s of one day, read from raw events, open a handful of partitions', async (_what, text) => {
    let rows: unknown;
    const locked = await mostPartitionsLocked(dataSource, async () => (rows = await inWorkspace(dataSource, 'acme', (runner) => runner.query(text, ['acme', range.from, range.to]), { snapshot: true })));
    expect(rows).toEqual([{ n: 24 }]);
    expect(locked).toBeGreaterThan(0);
    expect(locked).toBeLessThanOrEqual(HANDFUL);
  });

  it('the active users of one day, whose longest window is a month, open those of a month', async () => {
    const read = () => inWorkspace(dataSource, 'acme', (runner) => readActiveDays(runner, 'acme', range));
    expect(await mostPartitionsLocked(dataSource, read)).toBeLessThanOrEqual(30 + HANDFUL);
    expect(await read()).toMatchObject([{ dau: 24, mau: 24 }]);
    expect(await mostPartitionsLocked(dataSource, () => inWorkspace(dataSource, 'acme', (runner) => keepActiveDays(runner, 'acme', range)))).toBeLessThanOrEqual(30 + HANDFUL);
  });
});
