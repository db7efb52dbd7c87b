import { rollUp } from './roll-up';
import { TestApi } from './test-api';

const RANGE = 'from=2026-11-01&to=2026-11-02';

describe('GET with If-None-Match', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '36500' });
    token = await api.token({ acme: 'member', other: 'member' });
  });
  afterAll(() => api?.stop());

  const send = (id: string, time = '2026-11-01T10:00:00Z') =>
    api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events: [{ id, type: 'execution.completed', time, user_id: id, data: { credits: '1' } }] } });
  const get = (path: string, tag?: string | null, workspace = 'acme') => api.call('GET', `/api/v1/workspaces/${workspace}/${path}`, { token, headers: tag ? { 'if-none-match': tag } : {} });

  it.each([`overview?${RANGE}`, `metrics?metric=events&${RANGE}`, `active-users?${RANGE}`, `credits?${RANGE}`, 'credits/balance', 'retention?weeks=1'])('%s is 304 until an acknowledged event changes it, and a rollup changes nothing', async (path) => {
    // What takes no span tells of today.
    const time = path.includes(RANGE) ? undefined : new Date().toISOString();
    await send(`first ${path}`, time);
    const first = await get(path);
    const tag = first.headers.get('etag');
    expect(first).toMatchObject({ status: 200, body: { meta: expect.any(Object) } });
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const same = await get(path, tag);
    expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', tag]);
    await rollUp(api.dataSource, 'acme', 100);
    expect((await get(path, tag)).status).toBe(304);
    await send(`second ${path}`, time);
    const changed = await get(path, tag);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
    expect((await get(path, changed.headers.get('etag'), 'other')).status).toBe(200);
  });

  it('does not reach a caller without the right to ask', async () => {
    const tag = (await get(`overview?${RANGE}`)).headers.get('etag');
    const answer = await api.call('GET', `/api/v1/workspaces/acme/overview?${RANGE}`, { token: await api.token({ other: 'owner' }), headers: { 'if-none-match': tag ?? '' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('etag')).toBeNull();
  });
});
