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

  it('leaves a workspace alone until the first bucket that can be settled has been over for a quarter of an hour', async () => {
    await storeEvents(dataSource, 'early', [{ id: 'a', time: new Date('2026-04-02T00:01:00Z'), type: 'query.run', user_id: 'ann' }]);
    await recompute(dataSource, 'early', 10, async () => undefined);
    const kept = () => inWorkspace(dataSource, 'early', (runner) => runner.query('SELECT (SELECT count(*)::int FROM active_days) AS days, settled FROM rollup_days'));
    await new DayUpkeep(dataSource).settle(new Date('2026-04-02T00:29:59Z'));
    expect(await kept()).toEqual([{ days: 0, settled: 0 }]);
    await new DayUpkeep(dataSource).settle(new Date('2026-04-02T00:30:00Z'));
    expect(await kept()).toEqual([{ days: 92, settled: 1 }]);
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

  it('leaves a day open, and comes back to it, until the active users are kept', async () => {
    await storeEvents(dataSource, 'failing', [{ id: 'a', time: new Date('2026-05-02T00:01:00Z'), type: 'query.run', user_id: 'ann' }]);
    await recompute(dataSource, 'failing', 10, async () => undefined);
    const admin = await openDatabase(database.adminUrl);
    await admin.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$; CREATE TRIGGER refusal BEFORE INSERT ON active_days FOR EACH ROW WHEN (NEW.workspace_id = 'failing') EXECUTE FUNCTION refuse()`);
    const turn = () => new DayUpkeep(dataSource).settle(new Date('2026-05-03T12:00:00Z'));
    await expect(turn()).rejects.toThrow('refused');
    expect(await inWorkspace(dataSource, 'failing', (runner) => runner.query('SELECT settled FROM rollup_days'))).toEqual([{ settled: 0 }]);
    await admin.query('DROP TRIGGER refusal ON active_days');
    await admin.destroy();
    await turn();
    const kept = await inWorkspace(dataSource, 'failing', (runner) => runner.query('SELECT mau FROM active_days WHERE day = $1', ['2026-05-02']));
    expect(kept).toEqual([{ mau: 1 }]);
  });
});
