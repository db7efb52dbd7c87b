import { inWorkspace } from '@shadower/database';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { openDatabase, storeEvents } from './worker-database';
import { DayUpkeep } from '../src/rollups/day-upkeep';
import { recompute } from '../src/rollups/recompute';

describe('DayUpkeep', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await openDatabase(database.url);
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.drop();
  });

  it('keeps the active users of the days that are over, and not those of today', async () => {
    const days = ['2026-03-28', '2026-03-29', '2026-03-30'];
    await storeEvents(dataSource, 'acme', days.map((day) => ({ id: 'a', time: new Date(`${day}T10:00:00Z`), type: 'query.run', user_id: `first seen ${day}` })));
    await recompute(dataSource, 'acme', 10, async () => undefined);
    await new DayUpkeep(dataSource).settle(new Date('2026-03-30T12:00:00Z'));
    const kept = await inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT day::text, dau, wau, mau FROM active_days WHERE mau > 0 ORDER BY day'));
    expect(kept).toEqual([
      { day: '2026-03-28', dau: 1, wau: 1, mau: 1 },
      { day: '2026-03-29', dau: 1, wau: 2, mau: 2 },
    ]);
  });
});
