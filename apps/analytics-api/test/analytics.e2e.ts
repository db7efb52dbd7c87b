import { inWorkspace } from '@shadower/database';
import { bucketOf, EVENT_TYPES } from '@shadower/domain';
import fc from 'fast-check';
import { compareAgents, compareDimensions, creditsOf, type Get, type Sent } from './compare-dimensions';
import { rollUp, settle } from './roll-up';
import { TestApi } from './test-api';

const DAY = 86_400_000;
const START = Date.UTC(2026, 8, 1);
const DAYS = 40;

/** Few ids and few moments, so that duplicates, shared buckets and days all happen; any order of arrival. */
const event: fc.Arbitrary<Sent> = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c'),
    type: fc.constantFrom(...EVENT_TYPES),
    time: fc.tuple(fc.nat(DAYS - 1), fc.constantFrom(0, 899_999, 900_000, DAY / 2, DAY - 1)).map(([day, offset]) => new Date(START + day * DAY + offset).toISOString()),
    user_id: fc.nat(30).map((n) => `user ${n}`),
    agent_id: fc.nat(4).map((n) => `agent ${n}`),
    data: fc.record(
      {
        model: fc.constantFrom('small', 'large'),
        credits: fc.constantFrom('0.000001', '3', '999999999999.999999', '0.1'),
        duration_ms: fc.nat(100_000),
        status: fc.constantFrom('succeeded', 'failed', 'cancelled'),
        tokens: fc.record({ context: fc.nat(1_000_000_000), generated: fc.nat(1_000) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['id', 'type', 'time', 'data'] },
);
/** Sends some events, makes some buckets clean, or settles the clean days up to a bucket, as the worker would at any moment. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(event, { minLength: 1, maxLength: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 2, arbitrary: fc.record({ settle: fc.constantFrom(1, 48, 95, 96) }) },
);

describe('analytics', () => {
  let api: TestApi;
  let token: string;
  let round = 0;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '36500' });
    token = await api.token(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`w${index}`, 'member' as const])));
  });
  afterAll(() => api?.stop());

  const get = async (workspace: string, path: string) => {
    const { status, body } = await api.call('GET', `/api/v1/workspaces/${workspace}/${path}`, { token });
    expect(status).toBe(200);
    return body;
  };

  const getIn = (workspace: string): Get => (path) => get(workspace, path);

  it('agrees with a brute-force count of whatever was sent, at every moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), fc.nat(DAYS - 1), fc.integer({ min: 1, max: DAYS }), async (steps, first, length) => {
        const workspace = `w${round++}`;
        const stored = new Map<string, Sent>();
        const from = START + first * DAY;
        const to = Math.min(from + length * DAY, START + DAYS * DAY);
        for (const [index, next] of steps.entries()) {
          // The same questions as at the end, so that answers are kept which the last step makes old.
          if (index === steps.length - 1) await compare(workspace, [...stored.values()], from, to);
          if (typeof next === 'number') {
            await rollUp(api.dataSource, workspace, next);
            continue;
          }
          if ('settle' in next) {
            await settle(api.dataSource, workspace, next.settle);
            continue;
          }
          const { body } = await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events: next } });
          const fresh = next.filter((sent) => !stored.has(sent.time + sent.id) && stored.set(sent.time + sent.id, sent));
          expect(body).toMatchObject({ accepted: fresh.length, duplicate: next.length - fresh.length });
        }
        await compare(workspace, [...stored.values()], from, to);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 120_000);

  async function compare(workspace: string, events: Sent[], from: number, to: number): Promise<void> {
    const within = (since: number, until: number) => events.filter(({ time }) => Date.parse(time) >= since && Date.parse(time) < until);
    const usersOf = (since: number, until: number) => new Set(within(since, until).flatMap(({ user_id }) => user_id ?? [])).size;
    const [fromText, toText] = [from, to].map((time) => new Date(time).toISOString());
    const inside = within(from, to);
    const finished = inside.filter(({ type }) => type === 'execution.completed' || type === 'execution.failed');
    const succeeded = finished.filter(({ type, data }) => type === 'execution.completed' && (data.status ?? 'succeeded') === 'succeeded').length;
    const sum = (pick: (event: Sent) => number | undefined) => inside.reduce((total, sent) => total + (pick(sent) ?? 0), 0);

    const { totals, kinds } = await get(workspace, `overview?from=${fromText}&to=${toText}`);
    expect(totals).toMatchObject({
      ...{ events: inside.length, executions: finished.length, succeeded, failed: finished.length - succeeded, credits: creditsOf(inside) },
      ...{
        context_tokens: sum(({ data }) => data.tokens?.context),
        generated_tokens: sum(({ data }) => data.tokens?.generated),
        active_users: usersOf(from, to),
      },
    });
    expect(kinds.map(({ kind, events: count }: { kind: string; events: number }) => [kind, count])).toEqual(
      [...new Set(inside.map(({ type }) => type))].sort().map((type) => [type, inside.filter((sent) => sent.type === type).length]),
    );

    const { days } = await get(workspace, `active-users?from=${fromText?.slice(0, 10)}&to=${toText?.slice(0, 10)}`);
    expect(days).toHaveLength((to - from) / DAY);
    for (const [index, { day, dau, wau, mau }] of days.entries()) {
      const until = from + (index + 1) * DAY;
      expect({ day, dau, wau, mau }).toEqual({
        day: new Date(until - DAY).toISOString().slice(0, 10),
        dau: usersOf(until - DAY, until),
        wau: usersOf(until - 7 * DAY, until),
        mau: usersOf(until - 30 * DAY, until),
      });
    }

    const { total, points } = await get(workspace, `credits?from=${fromText}&to=${toText}&granularity=day`);
    expect(total).toBe(creditsOf(inside));
    expect(points).toEqual(
      Array.from({ length: (to - from) / DAY }, (_, index) => ({
        time: new Date(from + index * DAY).toISOString(),
        credits: creditsOf(within(from + index * DAY, from + (index + 1) * DAY)),
      })),
    );
    await compareDimensions(getIn(workspace), inside, { from: fromText, to: toText });
    // Bounds within days: their raw events are read.
    const [inner, outer] = [from + 900_000, to - 43_200_000];
    await compareAgents(getIn(workspace), within(inner, outer), new URLSearchParams({ from: new Date(inner).toISOString(), to: new Date(outer).toISOString() }).toString());

    const oneDay = await get(workspace, `credits?from=${fromText}&to=${new Date(from + DAY).toISOString()}&granularity=15m`);
    const byBucket = Map.groupBy(within(from, from + DAY), ({ time }) => bucketOf(new Date(time)).toISOString());
    expect(oneDay.points.filter(({ credits }: { credits: string }) => credits !== '0')).toEqual(
      [...byBucket]
        .map(([time, members]) => ({ time, credits: creditsOf(members) }))
        .filter(({ credits }) => credits !== '0')
        .sort((a, b) => a.time.localeCompare(b.time)),
    );
  }

  it('reads the users of a kept day, until another comes into its windows', async () => {
    const send = (user_id: string) => api.call('POST', '/api/v1/workspaces/w198/events', { token, body: { events: [{ id: user_id, type: 'user.active', time: new Date(START).toISOString(), user_id }] } });
    const seen = async () => (await get('w198', 'active-users?from=2026-09-01&to=2026-09-03')).days.map(({ dau, wau, mau }: Record<string, number>) => [dau, wau, mau]);
    const change = (sql: string) => inWorkspace(api.dataSource, 'w198', (runner) => runner.query(sql));
    await send('ada');
    await rollUp(api.dataSource, 'w198', 10);
    await settle(api.dataSource, 'w198', 96);
    expect(await seen()).toEqual([[1, 1, 1], [0, 1, 1]]);
    // The answer is kept too, so the day is changed under a generation of its own.
    await change('UPDATE active_days SET mau = 7, generation = generation + 1');
    await change('UPDATE rollup_days SET generation = generation + 1');
    expect(await seen()).toEqual([[1, 1, 7], [0, 1, 1]]);
    await send('bob');
    expect(await seen()).toEqual([[2, 2, 2], [0, 2, 2]]);
    await rollUp(api.dataSource, 'w198', 10);
    expect(await seen()).toEqual([[2, 2, 2], [0, 2, 2]]);
  });

  it('counts an event that comes into a settled day at once', async () => {
    const send = (id: string) => api.call('POST', '/api/v1/workspaces/w199/events', { token, body: { events: [{ id, type: 'query.run', time: new Date(START).toISOString(), agent_id: 'late' }] } });
    await send('one');
    await rollUp(api.dataSource, 'w199', 10);
    await settle(api.dataSource, 'w199', 96);
    await send('two');
    const { items } = await get('w199', `agents?from=${new Date(START).toISOString()}&to=${new Date(START + DAY).toISOString()}`);
    expect(items).toMatchObject([{ agent_id: 'late', events: 2 }]);
  });

  it.each([
    ['overview?from=yesterday', 400, 'from'],
    ['overview?from=0000-01-01', 400, 'from'],
    ['overview?to=9999-12-31T23:59:59Z', 400, 'to'],
    ['overview?from=2026-02-30', 400, 'from'],
    ['overview?from=2026-02-02&to=2026-02-01', 422, 'to'],
    ['overview?from=2001-01-01&to=2026-02-01', 422, 'from'],
    ['active-users?from=2026-02-01T00:00:00Z', 400, 'from'],
    ['active-users?from=2026-02-01&to=2026-02-01', 422, 'to'],
    ['credits?granularity=minute', 400, 'granularity'],
    ['credits?granularity=15m&from=2026-01-01&to=2026-03-01', 422, 'granularity'],
    ['credits?from=2026-01-01&from=2026-01-02', 400, 'from'],
    ['metrics?metric=events&group_by=agent&timezone=Europe/Berlin&granularity=day&from=2026-01-01&to=2026-02-01', 422, 'granularity'],
    ['metrics?metric=events&group_by=agent&filter=user:ann', 422, 'filter'],
    ['metrics?metric=events&filter=agent:', 400, 'filter'],
    ['metrics?metric=events&filter=kind:other', 400, 'filter'],
    ['metrics?metric=events&filter=colour:red', 400, 'filter'],
    ['agents?cursor=e30', 400, 'cursor'],
  ])('refuses %s with %i and names %s', async (path, status, pointer) => {
    const answer = await api.call('GET', `/api/v1/workspaces/w0/${path}`, { token });
    expect(answer).toMatchObject({ status, body: { status, errors: [{ pointer, detail: expect.any(String) }] } });
  });
});
