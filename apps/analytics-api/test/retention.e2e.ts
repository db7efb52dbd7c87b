import fc from 'fast-check';
import { rollUp } from './roll-up';
import { TestApi } from './test-api';

const DAY = 86_400_000;
const today = Math.floor(Date.now() / DAY) * DAY;
const mondayOf = (time: number): number => Math.floor((time - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY;

describe('GET retention', () => {
  let api: TestApi;
  let token: string;
  let round = 0;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`r${index}`, 'member' as const])));
  });
  afterAll(() => api?.stop());

  it('agrees with a brute-force count of whoever came, whatever is rolled up', async () => {
    const visit = fc.record({ user: fc.nat(15), day: fc.nat(80) });
    const step = fc.oneof({ weight: 2, arbitrary: fc.array(visit, { minLength: 1, maxLength: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), fc.integer({ min: 1, max: 12 }), async (steps, weeks) => {
        const workspace = `r${round++}`;
        const weeksOf = new Map<number, Set<number>>();
        for (const next of steps) {
          if (typeof next === 'number') {
            await rollUp(api.dataSource, workspace, next);
            continue;
          }
          const events = next.map(({ user, day }, index) => ({ id: `${user} ${index}`, type: 'user.active', time: new Date(today - day * DAY).toISOString(), user_id: `user ${user}` }));
          await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events } });
          for (const { user, day } of next) weeksOf.set(user, (weeksOf.get(user) ?? new Set()).add(mondayOf(today - day * DAY)));
        }
        const running = mondayOf(today);
        const cohorts = Array.from({ length: weeks }, (_, index) => {
          const week = running - (weeks - 1 - index) * 7 * DAY;
          const members = [...weeksOf.values()].filter((seen) => Math.min(...seen) === week);
          const active = Array.from({ length: weeks - index }, (_unused, later) => members.filter((seen) => seen.has(week + later * 7 * DAY)).length);
          return { week: new Date(week).toISOString().slice(0, 10), users: members.length, active };
        });
        const { body } = await api.call('GET', `/api/v1/workspaces/${workspace}/retention?weeks=${weeks}`, { token });
        expect(body.cohorts).toEqual(cohorts);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it.each(['weeks=0', 'weeks=27', 'weeks=x'])('refuses %s', async (query) => expect((await api.call('GET', `/api/v1/workspaces/r0/retention?${query}`, { token })).status).toBe(400));
});
