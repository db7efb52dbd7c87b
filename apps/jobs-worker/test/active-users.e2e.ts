import { freshDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { DataSource } from 'typeorm';
import { ActiveUsersMetric } from '../src/active-users/active-users-metric';
import { recompute } from '../src/rollups/recompute';
import { openDatabase, storeEvents } from './worker-database';

describe('analytics_active_users', () => {
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

  it('counts each user once in a window, whatever the day, for every workspace', async () => {
    const today = new Date('2026-03-31T12:00:00Z');
    const seen = { ann: [0, 1, 29], ben: [6], cleo: [7], dan: [29], eve: [30], fay: [0] };
    const events = Object.entries(seen).flatMap(([user_id, days]) => days.map((day) => ({ id: `${user_id}${day}`, time: new Date(today.getTime() - day * 86_400_000), type: 'user.active' as const, user_id })));
    await storeEvents(dataSource, 'acme', events);
    await storeEvents(dataSource, 'small', events.slice(0, 1));
    for (const workspaceId of ['acme', 'small']) await recompute(dataSource, workspaceId, 100, async () => undefined);
    const samples = await new ActiveUsersMetric(dataSource).count(today);
    expect(samples.map(({ labels, value }) => `${labels.workspace_id} ${labels.window} ${value}`).sort()).toEqual(['acme 1d 2', 'acme 30d 5', 'acme 7d 3', 'small 1d 1', 'small 30d 1', 'small 7d 1']);
  });
});
