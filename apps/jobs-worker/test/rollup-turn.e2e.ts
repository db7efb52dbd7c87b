import { inWorkspace } from '@shadower/database';
import type { LiveStream } from '@shadower/redis';
import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { openDatabase, storeEvents, type TestEvent } from './worker-database';
import type { AlertWatch } from '../src/alerts/alert-watch';
import { RollupTurn } from '../src/rollups/rollup-turn';

const BUCKET_MS = 900_000;
const NEWEST = Date.UTC(2026, 2, 28);
const eventsOf = (count: number, newest: number, id: string): TestEvent[] => Array.from({ length: count }, (_, each) => ({ id, time: new Date(newest - each * BUCKET_MS), type: 'query.run' }));

describe('RollupTurn', () => {
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

  it('gets to the oldest buckets of a workspace whose newest are all written to between any two passes', async () => {
    const old = new Date(NEWEST - 100 * BUCKET_MS);
    await storeEvents(dataSource, 'acme', [...eventsOf(70, NEWEST, 'a'), ...eventsOf(200, old.getTime(), 'a'), ...eventsOf(1, NEWEST - 100 * 86_400_000, 'a')]);
    const oldMarks = (): Promise<{ n: number }[]> => inWorkspace(dataSource, 'acme', (runner) => runner.query('SELECT count(*)::int AS n FROM dirty_buckets WHERE bucket <= $1', [old]));
    let frames = 0;
    // Told before a pass commits: the next one finds all of the newest marked again.
    const stream = {
      publish: async () => {
        frames += 1;
        if (((await oldMarks())[0]?.n ?? 0) > 0) await storeEvents(dataSource, 'acme', eventsOf(70, NEWEST, `${frames}`));
        return true;
      },
    };
    const turn = new RollupTurn(dataSource, stream as unknown as LiveStream, { announce: async () => undefined } as unknown as AlertWatch);
    expect(await turn.run('acme')).toBe('clean');
    expect(await oldMarks()).toEqual([{ n: 0 }]);
  }, 30_000);
});
