import { TestApi } from './test-api';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString();
const RANGE = 'from=2026-11-20&to=2026-11-21';

describe('executions', () => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'member' });
    const events = Array.from({ length: 30 }, (_, index) => [
      { id: `s${index}`, type: 'execution.started', time: at(index), execution_id: `run ${index}`, agent_id: `bot ${index % 3}`, user_id: 'ann', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
      { id: `c${index}`, type: 'credits.consumed', time: at(index), execution_id: `run ${index}`, data: { credits: '0.5' } },
      ...(index % 5 === 0
        ? []
        : [
            {
              ...{ id: `e${index}`, type: index % 4 ? 'execution.completed' : 'execution.failed', time: at(index + 1), execution_id: `run ${index}`, agent_id: `bot ${index % 3}` },
              data: { credits: '1.25', duration_ms: 60_000, model: 'm', tokens: { context: 10, generated: 2 }, ...(index === 8 ? { status: 'timed_out' } : {}) },
            },
          ]),
    ]).flat();
    await api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events } });
    await api.call('POST', '/api/v1/workspaces/other/events', { token: await api.token({ other: 'member' }), body: { events: [{ id: 'x', type: 'execution.failed', time: at(5), execution_id: 'run 1' }] } });
  });
  afterAll(() => api?.stop());
  const get = (path: string) => api.call('GET', `/api/v1/workspaces/acme/executions${path}`, { token });
  const all = async (query: string) => {
    const items: { execution_id: string; status: string; time: string; event_id: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body } = await get(`?${RANGE}&limit=7&${query}${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      items.push(...body.items);
      cursor = body.next_cursor as string | null;
    }
    return items;
  };

  it('lists each once, at its end or while it runs at its start, the latest first', async () => {
    const items = await all('');
    expect(items.map(({ execution_id }) => execution_id).toSorted()).toEqual(Array.from({ length: 30 }, (_, index) => `run ${index}`).sort());
    expect(items.map(({ time, event_id }) => time + event_id)).toEqual(items.map(({ time, event_id }) => time + event_id).toSorted().reverse());
    expect(items.filter(({ status }) => status === 'running')).toHaveLength(6);
    expect((await get(`?${RANGE}&status=timed_out`)).body.items).toMatchObject([{ execution_id: 'run 8', agent_id: 'bot 2', credits: '1.25', duration_ms: 60_000, model: 'm', context_tokens: 10, generated_tokens: 2 }]);
  });

  it('filters by status, agent and user', async () => {
    expect((await all('status=succeeded')).every(({ status }) => status === 'succeeded')).toBe(true);
    expect(await all('agent_id=bot%201')).toHaveLength(10);
    expect((await all('user_id=ann')).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'running'));
    expect(await all('agent_id=nobody')).toEqual([]);
  });

  it('shows one with all its events and traces', async () => {
    expect((await get('/run%208')).body).toMatchObject({
      ...{ execution_id: 'run 8', status: 'timed_out', started_at: '2026-11-20T10:08:00.000000Z', finished_at: '2026-11-20T10:09:00.000000Z', agent_id: 'bot 2', user_id: 'ann', credits: '1.75', trace_ids: ['a'.repeat(32)] },
      events: [{ type: 'credits.consumed' }, { type: 'execution.started' }, { type: 'execution.failed', status: 'timed_out' }],
    });
    expect((await get('/run%200')).body).toMatchObject({ status: 'running', finished_at: null });
    expect((await get('/nothing')).status).toBe(404);
    expect((await get(`/${encodeURIComponent('é'.repeat(128))}`)).status).toBe(404);
  });

  it.each(['executions', 'agents'])('pages through the %s of one span, however long the reader takes', async (list) => {
    const long = '字'.repeat(127);
    const events = [0, 1, 2, 3].map((index) => ({ id: `${index}${long}`, type: 'execution.completed', time: new Date(Date.now() - 60_000 * (index + 1)).toISOString(), execution_id: `page ${index}`, agent_id: `${index}${long}` }));
    const own = await api.token({ paged: 'member' });
    await api.call('POST', '/api/v1/workspaces/paged/events', { token: own, body: { events } });
    const first = (await api.call('GET', `/api/v1/workspaces/paged/${list}?limit=1`, { token: own })).body;
    const later = Date.now() + 2 * 86_400_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => later);
    try {
      const items = [...first.items];
      for (let cursor = first.next_cursor; cursor !== null; ) {
        const { body } = await api.call('GET', `/api/v1/workspaces/paged/${list}?limit=1&cursor=${cursor}`, { token: own });
        items.push(...body.items);
        cursor = body.next_cursor;
      }
      expect(items.map(({ agent_id }: { agent_id: string }) => agent_id)).toEqual([0, 1, 2, 3].map((index) => `${index}${long}`));
    } finally {
      clock.mockRestore();
    }
  });

  it('tells what became of one with more events than it lists', async () => {
    const long = Array.from({ length: 1_001 }, (_, index) => ({ id: `l${index}`, type: 'credits.consumed', time: at(0), execution_id: 'long', data: { credits: '0.001' }, ...(index === 1_000 ? { traceparent: `00-${'c'.repeat(32)}-${'b'.repeat(16)}-01` } : {}) }));
    const end = { id: 'end', type: 'execution.completed', time: at(1), execution_id: 'long', agent_id: 'bot 9', user_id: 'bea', traceparent: `00-${'d'.repeat(32)}-${'b'.repeat(16)}-01`, data: { credits: '2' } };
    for (const events of [long.slice(0, 1_000), [...long.slice(1_000), end]]) expect((await api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events } })).status).toBe(200);
    const { body } = await get('/long');
    expect(body).toMatchObject({ status: 'succeeded', started_at: null, finished_at: '2026-11-20T10:01:00.000000Z', agent_id: 'bot 9', user_id: 'bea', credits: '3.001', trace_ids: ['c'.repeat(32), 'd'.repeat(32)], events_total: 1_002 });
    expect(body.events).toHaveLength(1_000);
  });

  it.each(['?cursor=e30', '?limit=x', '?status=done', '?agent_id=', '?agent_id=%00', `/${'x'.repeat(200)}`, '/%00'])('refuses %s', async (path) => {
    expect((await get(path)).status).toBe(400);
  });
});
