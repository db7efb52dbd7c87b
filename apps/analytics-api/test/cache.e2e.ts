import { inWorkspace, NEXT_GENERATION } from '@shadower/database';
import { rollUp } from './roll-up';
import { TestApi } from './test-api';

const RANGE = 'from=2026-11-01&to=2026-11-02';

describe('answers that are kept', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '36500' });
    token = await api.token({ acme: 'member', other: 'member' });
  });
  afterAll(() => api?.stop());

  const send = (id: string, time = '2026-11-01T10:00:00Z') =>
    api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events: [{ id, type: 'execution.completed', time, user_id: id, data: { credits: '1' } }] } });
  const get = async (path: string, workspace = 'acme') => (await api.call('GET', `/api/v1/workspaces/${workspace}/${path}`, { token })).body;
  /** Asks until the answer comes from the cache: it is kept behind the first one. */
  const kept = async (path: string) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await get(path);
      if (answer.meta.cache === 'hit') return answer;
    }
    throw new Error(`${path} is never kept`);
  };
  const figures = ({ meta: _meta, ...rest }: Record<string, unknown>) => rest;

  it.each([`overview?${RANGE}`, `metrics?metric=events&${RANGE}`, `active-users?${RANGE}`, `credits?${RANGE}`])('%s is what it was, complete up to now, until an event is acknowledged', async (path) => {
    await send(`first ${path}`);
    const first = await get(path);
    expect(first.meta.cache).toBe('miss');
    const asked = Date.now();
    const second = await kept(path);
    expect(figures(second)).toEqual(figures(first));
    expect(Date.parse(second.meta.complete_until)).toBeGreaterThanOrEqual(asked - 5);
    expect((await get(path, 'other')).meta.cache).not.toBe('hit');
    await send(`second ${path}`);
    const third = await get(path);
    expect(third.meta.cache).toBe('miss');
    expect(figures(third)).not.toEqual(figures(first));
    await rollUp(api.dataSource, 'acme', 100);
    const fourth = await get(path);
    expect([fourth.meta.cache, figures(fourth)]).toEqual(['miss', figures(third)]);
  });

  it('holds whatever happens on other days, and does not ask for days that are not over', async () => {
    await get(`overview?${RANGE}`);
    await kept(`overview?${RANGE}`);
    await send('today', new Date().toISOString());
    await rollUp(api.dataSource, 'acme', 100);
    expect((await get(`overview?${RANGE}`)).meta.cache).toBe('hit');
    expect((await get('overview')).meta.cache).toBe('bypass');
  });

  it('begins anew whenever a job says that it changed what answers are made of', async () => {
    // Every workspace that was rolled up has this row.
    await inWorkspace(api.dataSource, 'acme', (runner) => runner.query('INSERT INTO workspace_state (workspace_id) VALUES ($1)', ['acme']));
    await get(`overview?${RANGE}`);
    await kept(`overview?${RANGE}`);
    await inWorkspace(api.dataSource, 'acme', (runner) => runner.query(NEXT_GENERATION, ['acme']));
    expect((await get(`overview?${RANGE}`)).meta.cache).toBe('miss');
  });
});
