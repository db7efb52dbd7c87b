import { EVENT_TYPES, sumCredits } from '@shadower/domain';
import fc from 'fast-check';
import { rollUp } from './roll-up';
import { TestApi } from './test-api';

const HOUR = 3_600_000;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/Havana', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'];
/** Clocks change in spring and autumn in most of the zones. */
const SEASONS = [Date.UTC(2026, 2, 1), Date.UTC(2026, 9, 1)];

interface Sent {
  id: string;
  type: (typeof EVENT_TYPES)[number];
  time: string;
  data: { credits: string; duration_ms: number };
}
const sent: fc.Arbitrary<Sent> = fc.record({
  id: fc.uuid(),
  type: fc.constantFrom(...EVENT_TYPES),
  time: fc.tuple(fc.constantFrom(...SEASONS), fc.nat(45 * 96), fc.constantFrom(0, 899_999)).map(([season, quarter, rest]) => new Date(season + quarter * 900_000 + rest).toISOString()),
  data: fc.record({ credits: fc.constantFrom('0.000001', '2.5', '40'), duration_ms: fc.integer({ min: 1, max: 100_000 }) }),
});
const localOf = (zone: string, time: string): string => new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(new Date(time));

describe('GET metrics', () => {
  let api: TestApi;
  let token: string;
  let round = 0;
  beforeAll(async () => {
    api = await TestApi.start({ EVENTS_MAX_AGE_DAYS: '36500' });
    token = await api.token(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, 'member' as const])));
  });
  afterAll(() => api?.stop());

  const get = (workspace: string, query: Record<string, string>) => api.call('GET', `/api/v1/workspaces/${workspace}/metrics?${new URLSearchParams(query).toString()}`, { token });

  it('agrees with a brute-force count in every zone and step, across changes of clocks', async () => {
    const granularities = fc.constantFrom('15m', 'hour', 'day', 'week', 'month');
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 5, maxLength: 80 }), fc.constantFrom(...ZONES), granularities, fc.constantFrom(...SEASONS), fc.nat(30 * 24), async (events, zone, granularity, season, hours) => {
        const workspace = `m${round++}`;
        await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events } });
        await rollUp(api.dataSource, workspace, round % 60);
        const from = season + hours * HOUR;
        const span = granularity === '15m' ? 14 * 24 * HOUR : 40 * 24 * HOUR;
        const asked = { from: new Date(from).toISOString(), to: new Date(from + span).toISOString(), granularity, timezone: zone };
        const { status, body } = await get(workspace, { ...asked, metric: 'credits' });
        expect(status).toBe(200);
        const bounds = [...body.series[0].points.map(({ time }: { time: string }) => time), body.to] as string[];
        expect(body.from).toBe(bounds[0]);
        expect(Date.parse(body.from)).toBeLessThanOrEqual(from);
        expect(Date.parse(body.to)).toBeGreaterThanOrEqual(from + span);
        body.series[0].points.forEach(({ value }: { value: string }, index: number) => expect(value).toBe(creditsWithin(events, bounds[index], bounds[index + 1])));
        expect(body.total).toBe(creditsWithin(events, body.from, body.to));
        if (granularity === '15m' || granularity === 'hour') bounds.slice(1).forEach((bound, index) => expect(Date.parse(bound) - Date.parse(bounds[index] as string)).toBe(granularity === '15m' ? HOUR / 4 : HOUR));
        else for (const bound of bounds) expect(localOf(zone, bound).slice(0, 10)).not.toBe(localOf(zone, new Date(Date.parse(bound) - 1_000).toISOString()).slice(0, 10));
        if (granularity === 'month') expect(new Set(bounds.map((bound) => localOf(zone, bound).slice(8, 10)))).toEqual(new Set(['01']));

        const kinds = (await get(workspace, { ...asked, metric: 'events', group_by: 'kind', compare: 'previous_period' })).body;
        const inside = events.filter(({ time }) => time >= body.from && time < body.to);
        expect(Object.fromEntries(kinds.series.map(({ key, total }: { key: string; total: number }) => [key, total]))).toEqual(
          Object.fromEntries([...Map.groupBy(inside, ({ type }) => type)].map(([type, members]) => [type, members.length])),
        );
        expect(kinds.comparison.total).toBe(events.filter(({ time }) => time >= kinds.comparison.from && time < kinds.comparison.to).length);
        const durations = inside.map(({ data }) => data.duration_ms).sort((a, b) => a - b);
        const p95 = (await get(workspace, { ...asked, metric: 'duration_p95' })).body.total as number | null;
        if (durations.length === 0) expect(p95).toBeNull();
        else expect(Math.abs((p95 as number) / (durations[Math.ceil(0.95 * durations.length) - 1] as number) - 1)).toBeLessThan(0.045);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
  it.each([
    ['2026-11-01', ['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'], 'midnight comes twice'],
    ['2026-03-08', ['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'], 'midnight does not come'],
  ])('begins the day %s of Havana at its first moment: %j, for %s', async (day, [from, to]) => {
    const { body } = await get('m0', {
      metric: 'events',
      granularity: 'day',
      timezone: 'America/Havana',
      from: `${day}T12:00:00Z`,
      to: `${day}T13:00:00Z`,
    });
    expect([body.from, body.to]).toEqual([from, to]);
  });
  const creditsWithin = (events: Sent[], from = '', to = ''): string => sumCredits(events.filter(({ time }) => time >= from && time < to).map(({ data }) => data.credits));

  it.each([
    [{}, 400, 'metric'],
    [{ metric: 'median' }, 400, 'metric'],
    [{ metric: 'events', timezone: 'Mars/Olympus' }, 400, 'timezone'],
    [{ metric: 'events', timezone: '+02:00' }, 400, 'timezone'],
    [{ metric: 'events', timezone: 'CET' }, 400, 'timezone'],
    [{ metric: 'events', timezone: 'IST' }, 400, 'timezone'],
    [{ metric: 'events', timezone: 'EST5EDT' }, 400, 'timezone'],
    [{ metric: 'events', granularity: '15m', from: '2026-01-01', to: '2026-02-01' }, 422, 'granularity'],
    [{ metric: 'events', granularity: 'day', from: '2020-01-01', to: '2030-01-01' }, 422, 'from'],
    [{ metric: 'duration_p95', granularity: 'day', timezone: 'Europe/Berlin', from: '2025-01-01', to: '2025-11-01' }, 422, 'granularity'],
    [{ metric: 'duration_p95', group_by: 'user', limit: '100', granularity: 'day', from: '2021-01-01', to: '2025-12-31' }, 422, 'limit'],
    [{ metric: 'events', group_by: 'hour' }, 400, 'group_by'],
  ])('refuses %j with %i and names %s', async (query, status, pointer) => {
    expect(await get('m0', query as Record<string, string>)).toMatchObject({ status, body: { errors: [{ pointer }] } });
  });

  it('answers a percentile by user for the users shown and for all, as it does for each alone', async () => {
    const workspace = 'm99';
    const events = Array.from({ length: 60 }, (_, index) => ({ id: `u${index}`, type: index % 2 ? 'execution.completed' : 'query.run', time: new Date(Date.UTC(2026, 2, 1 + (index % 5))).toISOString(), user_id: `user ${index % 6}`, data: { duration_ms: 2 ** (index % 12) } }));
    await api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events } });
    const asked = { metric: 'duration_p95', granularity: 'day', from: '2026-03-01', to: '2026-03-06' };
    for (const settled of [false, true]) {
      if (settled) await rollUp(api.dataSource, workspace, 100);
      const whole = (await get(workspace, asked)).body;
      const { total, series, more } = (await get(workspace, { ...asked, group_by: 'user', limit: '2' })).body;
      expect([total, series.length, more]).toEqual([whole.total, 2, 4]);
      for (const { key, ...found } of series) {
        const { total: own, points } = (await get(workspace, { ...asked, filter: `user:${key}` })).body.series[0];
        expect(found).toEqual({ total: own, points });
        expect(own).not.toBeNull();
      }
    }
  });

  it('reads every zone that it takes as the runtime does', async () => {
    const day = { from: '2026-07-01T00:00:00Z', to: '2026-07-01T00:15:00Z' };
    for (const timezone of ['UTC', 'utc', 'Etc/GMT+5', 'Etc/UTC', 'europe/berlin', 'Asia/Kolkata', 'America/Argentina/Ushuaia']) {
      const { status, body } = await get('m0', { metric: 'events', granularity: 'day', timezone, ...day });
      expect(status).toBe(200);
      expect(localOf(timezone, body.from).slice(11, 16)).toBe('00:00');
    }
  });

  it.each([
    { timezone: 'Europe/Berlin', from: '2025-01-01', to: '2025-07-20' },
    { timezone: 'Europe/Berlin', granularity: 'week', from: '2021-01-01', to: '2025-12-31' },
    { granularity: 'day', from: '2021-01-01', to: '2025-12-31' },
  ])('answers a percentile for %j', async (query) => {
    expect((await get('m0', { metric: 'duration_p95', ...(query as Record<string, string>) })).status).toBe(200);
  });
});
