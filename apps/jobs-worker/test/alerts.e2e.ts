import { inSystem, inWorkspace } from '@shadower/database';
import { alertSchema, liveData, type Alert } from '@shadower/domain';
import { connect, LiveStream } from '@shadower/redis';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { AlertWatch } from '../src/alerts/alert-watch';
import { slotsBefore } from '../src/alerts/raise-spike-alerts';
import { raiseQuotaAlerts } from '../src/alerts/raise-quota-alerts';
import { recompute } from '../src/rollups/recompute';
import { settleDays } from '../src/rollups/settle-days';
import { openDatabase, storeEvents } from './worker-database';

describe('alerts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let redis: Redis;
  let stream: LiveStream;
  let watch: AlertWatch;

  beforeAll(async () => {
    database = await freshDatabase();
    dataSource = await openDatabase(database.url);
    redis = connect(await redisDatabase(), 'command');
    await new Promise((resolve) => redis.once('ready', resolve));
    stream = new LiveStream(redis);
    watch = new AlertWatch(dataSource, stream);
  });
  afterAll(async () => {
    redis?.disconnect();
    await dataSource?.destroy();
    await database?.drop();
  });

  const setQuota = (workspaceId: string, period: string, limit: string, thresholds = [50, 100]) =>
    inWorkspace(dataSource, workspaceId, (runner) =>
      runner.query(
        `INSERT INTO credit_quotas (workspace_id, period, credit_limit, thresholds) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace_id) DO UPDATE SET period = excluded.period, credit_limit = excluded.credit_limit, thresholds = excluded.thresholds`,
        [workspaceId, period, limit, thresholds],
      ),
    );
  const spend = (workspaceId: string, id: string, credits: string, time = new Date()) => storeEvents(dataSource, workspaceId, [{ id, time, type: 'credits.consumed', credits }]);
  const rollUp = async (workspaceId: string): Promise<string[]> => {
    const told: Alert[] = [];
    const pass = () => recompute(dataSource, workspaceId, 100, async (_changed, raised) => void told.push(...raised.map(({ alert }) => alertSchema.parse(alert))));
    while (await pass().then((done) => !done.busy && done.beyond));
    return told.map(({ details }) => `${String(details['used'])} of ${String(details['limit'])} at ${String(details['threshold_percent'])}%`).sort();
  };

  it('are raised by the rollup that reaches a threshold of the quota, exactly then and once', async () => {
    await setQuota('acme', 'month', '100');
    await spend('acme', 'a', '49.999999');
    expect(await rollUp('acme')).toEqual([]);
    await spend('acme', 'b', '0.000001');
    expect(await rollUp('acme')).toEqual(['50 of 100 at 50%']);
    await spend('acme', 'c', '50');
    expect(await rollUp('acme')).toEqual(['100 of 100 at 100%']);
    await spend('acme', 'd', '1000');
    expect(await rollUp('acme')).toEqual([]);
    await setQuota('acme', 'month', '1000');
    await spend('acme', 'e', '1');
    expect(await rollUp('acme')).toEqual(['1101 of 1000 at 100%', '1101 of 1000 at 50%']);
  });

  it('count only what belongs to the running period', async () => {
    await setQuota('weekly', 'week', '10', [100]);
    const monday = new Date('2026-03-23T00:00:00Z');
    await spend('weekly', 'sunday', '9', new Date(monday.getTime() - 1));
    await spend('weekly', 'monday', '9', monday);
    await rollUp('weekly');
    const raisedAt = (time: string) => inSystem(dataSource, async (runner) => (await runner.query(`SELECT count(*)::int AS n FROM alerts WHERE workspace_id = 'weekly' AND raised_at = $1`, [time]))[0].n);
    await watch.quotas(new Date('2026-03-22T23:59:59Z'));
    await watch.quotas(new Date('2026-03-29T23:59:59Z'));
    expect([await raisedAt('2026-03-22T23:59:59Z'), await raisedAt('2026-03-29T23:59:59Z')]).toEqual([0, 0]);
    await setQuota('weekly', 'week', '9', [100]);
    const { position } = await stream.history('weekly');
    await Promise.all([watch.quotas(new Date('2026-03-29T23:59:59Z')), watch.quotas(new Date('2026-03-29T23:59:59Z'))]);
    expect(await raisedAt('2026-03-29T23:59:59Z')).toBe(1);
    const { records } = await stream.history('weekly', position);
    expect(records.map(({ entry }) => entry)).toMatchObject([{ ch: 'alerts', data: { kind: 'quota', details: { period: 'week', period_starts: '2026-03-23', used: '9', limit: '9' } } }]);
  });

  it('count each quarter of an hour once, whether its day is settled, partly or not at all', async () => {
    await setQuota('mixed', 'week', '15', [100]);
    const [monday, now] = [Date.parse('2026-04-06T00:00:00Z'), new Date('2026-04-08T12:20:00Z')];
    const hours = [0, 23, 24, 47, 48, 60]; // two whole days; and of the third, which is settled up to noon, before and after that
    await storeEvents(dataSource, 'mixed', hours.map((hour, n) => ({ id: `${n}`, time: new Date(monday + hour * 3_600_000 + 60_000), type: 'credits.consumed', credits: `${2 ** n / 4}` })));
    await rollUp('mixed');
    const raised = () => inSystem(dataSource, (runner) => runner.query(`SELECT details ->> 'used' AS used FROM alerts WHERE workspace_id = 'mixed' ORDER BY raised_at`));
    await watch.quotas(now);
    expect(await settleDays(dataSource, 'mixed', now)).toEqual(['2026-04-08', '2026-04-07', '2026-04-06']);
    expect(await inSystem(dataSource, (runner) => runner.query(`SELECT settled FROM rollup_days WHERE workspace_id = 'mixed' ORDER BY day`))).toEqual([{ settled: 96 }, { settled: 96 }, { settled: 48 }]);
    await setQuota('mixed', 'week', '15.75', [100]);
    await watch.quotas(new Date(now.getTime() + 1));
    expect(await raised()).toEqual([{ used: '15.75' }, { used: '15.75' }]);
  });

  it('are raised for every workspace that has a quota, more than are looked at in one statement', async () => {
    const many = 1_003;
    await inSystem(dataSource, async (runner) => {
      await runner.query(`INSERT INTO credit_quotas (workspace_id, period, credit_limit, thresholds) SELECT 'many ' || n, 'day', 1, '{100}' FROM generate_series(1, ${many}) n`);
      await runner.query(`INSERT INTO rollup_15m SELECT 'many ' || n, '2026-05-05T10:00Z', 'credits.consumed', 1, 0, 0, 1, 0, 0, 0, 0, '{}', '{}' FROM generate_series(1, ${many}) n`);
      expect(await raiseQuotaAlerts(runner, null, new Date('2026-05-05T11:00:00Z'))).toHaveLength(many);
      expect(await raiseQuotaAlerts(runner, null, new Date('2026-05-05T11:00:00Z'))).toEqual([]);
    });
  });

  it('tell of a spike against the same slot of earlier weeks, once, and only in the workspace that has it', async () => {
    const now = new Date();
    const slots = slotsBefore(now);
    for (const [workspaceId, newest] of [
      ['spiky', '500'],
      ['calm', '110'],
    ] as const) {
      await Promise.all(slots.map((slot, week) => spend(workspaceId, `w${week}`, week === 0 ? newest : String(95 + week), slot)));
      await rollUp(workspaceId);
    }
    const { position } = await stream.history('spiky');
    await watch.spikes(now);
    await watch.spikes(new Date(now.getTime() + 1));
    const { records } = await stream.history('spiky', position);
    for (const { entry } of records) expect(liveData.alerts.parse(entry.data)).toEqual(entry.data);
    expect(records.map(({ entry }) => entry.data)).toMatchObject([{ kind: 'spike', details: { metric: 'credits', value: 500, bucket: slots[0].toISOString() } }]);
    const kept: unknown[] = await inSystem(dataSource, (runner) => runner.query(`SELECT workspace_id FROM alerts WHERE kind = 'spike'`));
    expect(kept).toEqual([{ workspace_id: 'spiky' }]);
  });
});
