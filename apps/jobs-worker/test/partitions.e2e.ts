import { inWorkspace } from '@shadower/database';
import { freshDatabase, makePartitions, mostPartitionsLocked, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { openDatabase, storeEvents } from './worker-database';
import { expireEvents } from '../src/retention/expire-events';
import { recompute } from '../src/rollups/recompute';
import { settleDays } from '../src/rollups/settle-days';
import { settleWorkspace } from '../src/rollups/settle-workspace';

const DAY = 86_400_000;
const PARTITIONS = 400;
/** The days that are meant and their neighbours, where a bound falls on midnight. */
const HANDFUL = 3;

describe(`with ${PARTITIONS} days of events, the worker opens only the partitions that it needs`, () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  const now = Date.now();
  beforeAll(async () => {
    database = await freshDatabase();
    await makePartitions(database.adminUrl, PARTITIONS);
    dataSource = await openDatabase(database.url);
  }, 120_000);
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  const store = (workspaceId: string, ...daysAgo: number[]) =>
    storeEvents(dataSource, workspaceId, daysAgo.map((days) => ({ id: `${days}`, time: new Date(now - days * DAY), type: 'execution.completed', user_id: `u${days}`, credits: '1' })));
  const pass = (workspaceId: string) => recompute(dataSource, workspaceId, 64, async () => undefined);
  const locked = (work: () => Promise<unknown>) => mostPartitionsLocked(dataSource, work);

  it('for the rollup of a day, and for its rows by dimension', async () => {
    await store('acme', 40);
    expect(await locked(() => pass('acme'))).toBeLessThanOrEqual(HANDFUL);
    expect(await locked(() => settleDays(dataSource, 'acme', new Date(now)))).toBeLessThanOrEqual(HANDFUL);
    expect(await inWorkspace(dataSource, 'acme', (runner) => runner.query(`SELECT credits::int, settled FROM rollup_day_dim JOIN rollup_days USING (workspace_id, day) WHERE dimension = 'kind'`))).toEqual([{ credits: 1, settled: 96 }]);
  });

  it('for marks that lie a year apart, by taking those of a month at a time', async () => {
    await store('late', 2, 20, 300, 310, 390);
    const passes: unknown[] = [];
    expect(await locked(async () => void passes.push(await pass('late')))).toBeLessThanOrEqual(31 + HANDFUL);
    expect(await locked(async () => void passes.push(await pass('late')))).toBeLessThanOrEqual(31 + HANDFUL);
    passes.push(await pass('late'), await pass('late'));
    expect(passes).toMatchObject([
      { buckets: 2, beyond: true },
      { buckets: 2, beyond: true },
      { buckets: 1, beyond: false },
      { buckets: 0, beyond: false },
    ]);
  });

  it('for the events that expire', async () => {
    await store('short', 10, 390);
    for (let n = 0; n < 2; n++) await pass('short');
    // Counting the active users of a quarter looks at the month before it too.
    expect(await locked(() => settleWorkspace(dataSource, 'short', new Date(now)))).toBeLessThanOrEqual(92 + 29 + HANDFUL);
    const before = new Date(now - 380 * DAY).toISOString().slice(0, 10);
    expect(await locked(() => expireEvents(dataSource, 'short', before, new Date(now)))).toBeLessThanOrEqual(PARTITIONS + 1 - 380 + HANDFUL);
    expect(await inWorkspace(dataSource, 'short', (runner) => runner.query('SELECT event_id AS id FROM events'))).toEqual([{ id: '10' }]);
  });
});
