import { inWorkspace } from '@shadower/database';
import { TestApi } from './test-api';

const DAY = 86_400_000;

describe('retention policy', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '400' });
    token = await api.token({ acme: 'admin', other: 'admin' });
  });
  afterAll(() => api?.stop());

  const policy = (method: string, body?: unknown, workspace = 'acme') => api.call(method, `/api/v1/workspaces/${workspace}/retention-policy`, { token, body });
  const send = async (workspace: string, daysAgo: number) =>
    (await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events: [{ id: `e${daysAgo}`, type: 'user.active', time: new Date(Date.now() - daysAgo * DAY).toISOString() }] } })).body;

  it('is the longest there is until the workspace says otherwise, and then decides what is too old', async () => {
    expect((await policy('GET')).body).toEqual({ events_days: 400, is_default: true, kept_from: null, updated_at: null });
    expect((await policy('PUT', { events_days: 30 }, 'other')).body).toMatchObject({ events_days: 30, is_default: false, updated_at: expect.any(String) });
    expect((await policy('GET')).body).toMatchObject({ is_default: true });
    expect(await send('other', 29)).toMatchObject({ accepted: 1 });
    expect(await send('other', 31)).toMatchObject({ accepted: 0, rejected: [{ problem: { code: 'event_too_old', errors: [{ detail: 'must be at most 30 days old' }] } }] });
    expect(await send('acme', 31)).toMatchObject({ accepted: 1 });
  });

  it('refuses events of days whose events were removed, also under a longer policy', async () => {
    await inWorkspace(api.dataSource, 'third', (runner) => runner.query(`INSERT INTO workspace_state (workspace_id, events_from) VALUES ('third', (now() AT TIME ZONE 'UTC')::date - 10)`));
    token = await api.token({ acme: 'admin', other: 'admin', third: 'admin' });
    expect((await policy('GET', undefined, 'third')).body.kept_from).toBe(new Date(Date.now() - 10 * DAY).toISOString().slice(0, 10));
    expect(await send('third', 12)).toMatchObject({ accepted: 0, rejected: [{ problem: { code: 'event_too_old' } }] });
    expect(await send('third', 9)).toMatchObject({ accepted: 1 });
    const raw = `/api/v1/workspaces/third/agents?from=${new Date(Date.now() - 20 * DAY).toISOString().slice(0, 10)}T00:15:00Z`;
    expect((await api.call('GET', raw, { token })).body).toMatchObject({ status: 422, errors: [{ pointer: 'from' }] });
  });

  it.each([{}, { events_days: 0 }, { events_days: 401 }, { events_days: 1.5 }, { events_days: '30' }, { events_days: 30, more: 1 }, []])('refuses %j', async (body) => {
    expect((await policy('PUT', body)).status).toBe(400);
  });
});
