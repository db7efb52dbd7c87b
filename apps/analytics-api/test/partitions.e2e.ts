import { makePartitions, mostPartitionsLocked } from '@shadower/tools/testing';
import { TestApi } from './test-api';

const DAY_MS = 86_400_000;
const PARTITIONS = 400;
/** Yesterday, its neighbours where a bound falls on midnight, and the week ahead that is made before it comes. */
const AROUND_NOW = 11;
const MONTH = 31;

describe(`with ${PARTITIONS} days of events`, () => {
  let api: TestApi;
  let token: string;
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const [from, to] = [today - DAY_MS, today].map((time) => new Date(time).toISOString().slice(0, 10));
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'member' });
    await makePartitions(api.database.adminUrl, PARTITIONS);
    const run = (name: string, start: number, ends: boolean) =>
      ['started', ...(ends ? ['completed'] : [])].map((what, n) => ({ id: `${name} ${what}`, type: `execution.${what}`, time: new Date(start + n * 60_000).toISOString(), execution_id: name, agent_id: 'bot', user_id: 'ann', data: n ? { credits: '2' } : {} }));
    const events = [...run('ended', today - DAY_MS / 2, true), ...run('running', today - DAY_MS / 2, false), ...run('old', today - 100 * DAY_MS, true)];
    expect((await api.call('POST', '/api/v1/workspaces/acme/events', { token, body: { events } })).body).toMatchObject({ accepted: 5 });
  }, 120_000);
  afterAll(() => api?.stop());

  const asked = async (path: string): Promise<{ locked: number; body: unknown }> => {
    let body: unknown;
    const locked = await mostPartitionsLocked(api.dataSource, async () => ({ body } = await api.call('GET', `/api/v1/workspaces/acme/${path}`, { token })));
    return { locked, body };
  };

  it.each([
    ['overview?', { totals: { events: 3, active_users: 1 } }],
    ['metrics?metric=events&group_by=agent&', { total: 3 }],
    ['metrics?metric=credits&', { total: '2' }],
    ['credits?', { total: '2' }],
    ['agents?', { items: [{ agent_id: 'bot', events: 3 }] }],
    ['executions?status=running&', { items: [{ execution_id: 'running' }] }],
  ])('%s of one day opens a handful of partitions', async (path, expected) => {
    const { locked, body } = await asked(`${path}from=${from}&to=${to}`);
    expect(body).toMatchObject(expected);
    expect(locked).toBeGreaterThan(0);
    expect(locked).toBeLessThanOrEqual(AROUND_NOW);
  });

  it('an execution of the last month opens the partitions of a month, and an older one is found all the same', async () => {
    const recent = await asked('executions/ended');
    expect(recent.body).toMatchObject({ status: 'succeeded', credits: '2', events: [{ type: 'execution.started' }, { type: 'execution.completed' }] });
    expect(recent.locked).toBeLessThanOrEqual(MONTH + AROUND_NOW);
    expect((await asked('executions/old')).body).toMatchObject({ status: 'succeeded', events: [{ type: 'execution.started' }, { type: 'execution.completed' }] });
  });

  it('the retention of weeks opens those that have something to be rolled up, and those after', async () => {
    const { locked, body } = await asked('retention?weeks=2');
    expect(body).toMatchObject({ cohorts: [{ users: 0 }, { users: 0 }] });
    expect(locked).toBeLessThanOrEqual(100 + AROUND_NOW);
  });
});
