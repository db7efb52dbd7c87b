import { inWorkspace, createDataSource, databaseEnv } from '@shadower/database';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { z } from 'zod';
import type { LiveClient } from './client';
import { TestGateway } from './gateway';

const row = (events: number, kind = 'query.run') => ({ bucket: '2026-11-23T12:00:00.000Z', kind, events, succeeded: 0, failed: 0, credits: '0', context_tokens: 0, generated_tokens: 0 });
const TRACE = '0123456789abcdef0123456789abcdef';

describe('the live socket', () => {
  let database: TestDatabase;
  let redisUrl: string;
  let gateway: TestGateway;
  let other: TestGateway;
  const clients: LiveClient[] = [];

  const join = async (workspaceId: string, at = gateway): Promise<LiveClient> => {
    const client = await at.connect(workspaceId);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
    [gateway, other] = await Promise.all([TestGateway.start({ databaseUrl: database.url, redisUrl }), TestGateway.start({ databaseUrl: database.url, redisUrl })]);
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(async () => {
    await Promise.all([gateway.stop(), other.stop()]);
    await database.drop();
  });

  it('answers a subscription, and sends what is published within a second, in the trace of its cause', async () => {
    const client = await join('acme');
    const answer = await client.subscribe('metrics');
    expect(answer).toMatchObject({ id: 'metrics', ch: 'metrics', recovered: false, snapshot: { active_users: 0, buckets: [] } });
    await gateway.publish('acme', { ch: 'metrics', data: { buckets: [row(3)] }, trace: `00-${TRACE}-0123456789abcdef-01` });
    const event = await client.next('ev', 1_000);
    expect(event).toMatchObject({ ch: 'metrics', data: { buckets: [row(3)] } });
    expect(event.trace).toContain(TRACE);
  });

  it('starts from the rows and users of today, those that no rollup has seen yet included, and from the exports that there are', async () => {
    const dataSource = await createDataSource(z.object(databaseEnv).parse({ DATABASE_URL: database.url }), 'test').initialize();
    const now = new Date();
    await inWorkspace(dataSource, 'snap', async (runner) => {
      for (const [id, user, credits] of [['1', 'u1', '1.25'], ['2', 'u2', '2.5'], ['3', 'u1', '0.000001']])
        await runner.query(`INSERT INTO events (workspace_id, time, event_id, type, user_id, credits) VALUES ('snap', $1, $2, 'credits.consumed', $3, $4)`, [now, id, user, credits]);
      await runner.query(`INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ('snap', date_bin('15 minutes', $1, '2000-01-01 00:00Z'))`, [now]);
    });
    const orders = ['queued', 'running', 'completed'].map((status, age) => ['snap', { dataset: 'events', format: 'csv' }, status, age, age * 10, 30 + age] as const);
    await inWorkspace(dataSource, 'snap', async (runner) => {
      for (const order of orders) await runner.query(`INSERT INTO exports (workspace_id, spec, status, requested_at, rows, percent) VALUES ($1, $2, $3, now() + $4::int * interval '1 minute', $5, $6)`, [...order]);
    });
    await dataSource.destroy();
    const client = await join('snap');
    const { snapshot } = await client.subscribe('metrics');
    expect(snapshot).toMatchObject({ day: now.toISOString().slice(0, 10), active_users: 2, buckets: [{ kind: 'credits.consumed', events: 3, credits: '3.750001' }] });
    expect((await client.subscribe('credits')).snapshot).toEqual({ ...snapshot, buckets: [{ bucket: expect.any(String), kind: 'credits.consumed', credits: '3.750001' }] });
    expect((await client.subscribe('executions')).snapshot).toEqual({ ...snapshot, buckets: [] });
    const progress = (status: string, rows: number, percent: number) => ({ export_id: expect.any(String), status, dataset: 'events', format: 'csv', rows, bytes: 0, percent });
    expect((await client.subscribe('exports')).snapshot).toEqual({ exports: [progress('running', 10, 31), progress('queued', 0, 30), progress('completed', 20, 100)] });
    expect((await client.subscribe('alerts')).snapshot).toBeNull();
  });

  it('shows a workspace nothing of another', async () => {
    const [mine, theirs] = [await join('acme'), await join('rival')];
    await mine.subscribe('alerts');
    await theirs.subscribe('alerts');
    await gateway.publish('rival', { ch: 'alerts', data: { secret: true } });
    expect(await theirs.next('ev')).toMatchObject({ data: { secret: true } });
    expect(await mine.during(300)).toEqual([]);
  });

  it('folds a burst of metrics into frames 250 ms apart and sends each alert', async () => {
    const client = await join('burst');
    await client.subscribe('metrics');
    await client.subscribe('alerts');
    for (let n = 1; n <= 40; n += 1) {
      await gateway.publish('burst', { ch: 'metrics', data: { buckets: [row(n)] } });
      await gateway.publish('burst', { ch: 'alerts', data: { n } });
    }
    const frames = (await client.during(700)).filter((frame) => frame.type === 'ev');
    expect(frames.filter(({ ch }) => ch === 'alerts').map(({ data }) => data['n'])).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    const metrics = frames.filter(({ ch }) => ch === 'metrics');
    expect(metrics.length).toBeLessThanOrEqual(4);
    expect(metrics.at(-1)!.data).toEqual({ buckets: [row(40)] });
  });

  it('stops after unsub', async () => {
    const client = await join('acme');
    await client.subscribe('alerts');
    client.send({ type: 'unsub', id: 'alerts' });
    client.send({ type: 'ping' });
    await client.next('pong');
    await gateway.publish('acme', { ch: 'alerts', data: {} });
    expect(await client.during(300)).toEqual([]);
    expect(await client.subscribe('alerts')).toMatchObject({ recovered: false });
  });

  it('resumes on another gateway, without a hole and without a repetition', async () => {
    const before = await join('moving');
    const { epoch, offset } = await before.subscribe('alerts');
    await gateway.publish('moving', { ch: 'alerts', data: { n: 1 } });
    const seen = await before.next('ev');
    before.close();
    for (const n of [2, 3]) await gateway.publish('moving', { ch: 'alerts', data: { n } });
    await gateway.publish('moving', { ch: 'exports', data: {} });
    const after = await join('moving', other);
    expect(await after.subscribe('alerts', { epoch, offset: seen.offset })).toMatchObject({ epoch, offset: seen.offset, recovered: true, snapshot: null });
    await gateway.publish('moving', { ch: 'alerts', data: { n: 4 } });
    for (const n of [2, 3, 4]) expect(await after.next('ev')).toMatchObject({ data: { n } });
    const late = await join('moving');
    expect(await late.subscribe('alerts', { epoch, offset })).toMatchObject({ recovered: true });
    for (const n of [1, 2, 3, 4]) expect(await late.next('ev')).toMatchObject({ data: { n } });
  });

  it.each([
    ['of another history', { epoch: 'elsewhere', offset: '1-1' }, 'epoch_changed'],
    ['that history no longer covers', { offset: '1-1' }, 'history_incomplete'],
    ['from the future', { offset: '9999999999999-0' }, 'history_incomplete'],
  ])('announces a gap to a client with a position %s', async (_, position, reason) => {
    const client = await join('acme');
    const { epoch, offset } = await client.subscribe('alerts');
    client.send({ type: 'sub', id: 'm', ch: 'metrics', since: Object.assign({ epoch, offset }, position) });
    expect(await client.next('gap')).toMatchObject({ id: 'm', ch: 'metrics', epoch, reason });
    expect(await client.next('sub.ok')).toMatchObject({ id: 'm', recovered: false, snapshot: { buckets: expect.any(Array) } });
  });
});
