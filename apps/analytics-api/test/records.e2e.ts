import { inSystem, inWorkspace, keepDeadJob } from '@shadower/database';
import { TestApi } from './test-api';

const ACME = '/api/v1/workspaces/acme';

describe('quota, alerts and dead jobs', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'admin' }, { user: 'ann' });
  });
  afterAll(() => api?.stop());
  const call = (method: string, path: string, body?: unknown) => api.call(method, ACME + path, { token, body });

  it('tells what is used of the month, and of the quota’s period once there is one', async () => {
    const event = { id: 'c', type: 'credits.consumed', time: new Date().toISOString(), data: { credits: '12.5' } };
    await call('POST', '/events', { events: [event] });
    expect((await call('GET', '/credits/balance')).body).toMatchObject({ period: 'month', used: '12.5', limit: null, remaining: null });
    expect(await call('PUT', '/credits/quota', { period: 'day', limit: '10.000', thresholds: [100, 50, 50] })).toMatchObject({ status: 200, body: { period: 'day', limit: '10', thresholds: [50, 100] } });
    expect((await call('GET', '/credits/quota')).body).toMatchObject({ limit: '10' });
    expect((await call('GET', '/credits/balance')).body).toMatchObject({ period: 'day', used: '12.5', limit: '10', remaining: '-2.5' });
  });

  it.each([
    [{ period: 'year', limit: '1' }, '/period'],
    [{ period: 'day', limit: '0' }, '/limit'],
    [{ period: 'day', limit: 1 }, '/limit'],
    [{ period: 'day', limit: '1.' }, '/limit'],
    [{ period: 'day', limit: '1', thresholds: [] }, '/thresholds'],
    [{ period: 'day', limit: '1', thresholds: [1.5] }, '/thresholds/0'],
    [{ period: 'day', limit: '1', more: true }, ''],
  ])('refuses the quota %j', async (body, pointer) => {
    expect(await call('PUT', '/credits/quota', body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it('lists alerts page by page, each once, and remembers who saw one first', async () => {
    await inWorkspace(api.dataSource, 'acme', (runner) =>
      runner.query(`INSERT INTO alerts (workspace_id, kind, subject, raised_at, details) SELECT 'acme', 'quota', 'alert ' || n, now() - (n / 3) * interval '1 microsecond', '{}' FROM generate_series(1, 25) n`),
    );
    await inWorkspace(api.dataSource, 'other', (runner) => runner.query(`INSERT INTO alerts (workspace_id, kind, subject, details) VALUES ('other', 'quota', 'foreign', '{}')`));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await call('GET', `/alerts?limit=4${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ subject }: { subject: string }) => subject));
      cursor = body.next_cursor as string | null;
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: 25 }, (_, index) => `alert ${index + 1}`).sort());

    const [{ id }] = (await call('GET', '/alerts')).body.items;
    expect((await call('POST', `/alerts/${id}/ack`)).body).toMatchObject({ id, acknowledged_by: 'ann', acknowledged_at: expect.any(String) });
    const second = await api.call('POST', `${ACME}/alerts/${id}/ack`, { token: await api.token({ acme: 'member' }, { user: 'ben' }) });
    expect(second.body).toMatchObject({ acknowledged_by: 'ann' });
    expect((await call('GET', '/alerts?state=acknowledged')).body.items).toHaveLength(1);
    expect((await call('GET', '/alerts?state=open')).body.items).toHaveLength(24);
  });

  it.each(['/alerts?limit=0', '/alerts?limit=1000', '/alerts?state=shut', '/alerts?cursor=x', `/alerts?cursor=${Buffer.from('["2026-01-01T00:00:00Z","1"]').toString('base64url')}`])('refuses %s', async (path) => {
    expect((await call('GET', path)).status).toBe(400);
  });

  it('names the part of a path that is none', async () => {
    expect(await call('POST', '/alerts/newest/ack')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'id' }] } });
  });

  it('shows dead jobs to operators and sends one to its queue once more, once', async () => {
    const operator = await api.token({}, { operator: true });
    const dead = { workspace_id: 'acme', queue: 'rollup', job_type: 'rollup', job_id: '7', payload: { v: 1, workspace_id: 'acme' }, error: 'broken', attempts: 5, enqueued_at: new Date(), failed_at: new Date() };
    await keepDeadJob(api.dataSource, dead);
    const { body } = await api.call('GET', '/api/v1/admin/jobs/dead', { token: operator });
    expect(body).toMatchObject({ items: [{ job_id: '7', error: 'broken', attempts: 5, redriven_at: null }], next_cursor: null });
    const retry = () => api.call('POST', `/api/v1/admin/jobs/dead/${body.items[0].id}/retry`, { token: operator });
    expect(await retry()).toMatchObject({ status: 200, body: { redriven_at: expect.any(String) } });
    expect(await retry()).toMatchObject({ status: 409 });
    expect(await inSystem(api.dataSource, (runner) => runner.query('SELECT count(*)::int AS n FROM dead_jobs WHERE redriven_at IS NOT NULL'))).toEqual([{ n: 1 }]);
  });
});
