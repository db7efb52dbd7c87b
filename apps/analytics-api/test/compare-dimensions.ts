import { EVENT_TYPES, fromMicroCredits, sumCredits, toMicroCredits } from '@shadower/domain';

/** An event as the tests send it. */
export interface Sent {
  id: string;
  type: (typeof EVENT_TYPES)[number];
  time: string;
  user_id?: string;
  agent_id?: string;
  data: { model?: string; credits?: string; duration_ms?: number; status?: string; tokens?: { context?: number; generated?: number } };
}

/** Asks one workspace's API, expecting 200. */
// What it is depends on the route; the tests say what they expect.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Get = (path: string) => Promise<any>;

export const creditsOf = (events: Sent[]): string => fromMicroCredits(toMicroCredits(sumCredits(events.flatMap(({ data }) => data.credits ?? []))));

const KEYS: Record<string, (event: Sent) => string | null> = {
  agent: (sent) => sent.agent_id ?? null,
  kind: (sent) => sent.type,
  model: ({ data }) => data.model ?? null,
  user: (sent) => sent.user_id ?? null,
};

/** Every breakdown of credits by day, whole and filtered. */
export async function compareDimensions(get: Get, inside: Sent[], asked: { from?: string; to?: string }): Promise<void> {
  const span = new URLSearchParams(asked as Record<string, string>).toString();
  for (const [dimension, keyOf] of Object.entries(KEYS)) {
    const expected = [...Map.groupBy(inside, keyOf)].map(([key, members]) => ({
      key,
      total: creditsOf(members),
      days: [...Map.groupBy(members, ({ time }) => time.slice(0, 10))].map(([day, those]) => `${day} ${creditsOf(those)}`).sort(),
    }));
    const { total, series, more } = await get(`metrics?metric=credits&granularity=day&limit=100&group_by=${dimension}&${span}`);
    const points = (list: { time: string; value: string }[], days: string[]) =>
      list
        .map(({ time, value }) => `${time.slice(0, 10)} ${value}`)
        .filter((text) => !text.endsWith(' 0') || days.includes(text))
        .sort();
    const found = series.map(({ key, total: sum, points: list }: (typeof series)[number]) => ({
      key,
      total: sum,
      days: points(list, expected.find((each) => each.key === key)?.days ?? []),
    }));
    const byKey = (a: { key: string | null }, b: { key: string | null }) => (a.key ?? '').localeCompare(b.key ?? '');
    expect({ total, more, series: found.sort(byKey) }).toEqual({ total: creditsOf(inside), more: 0, series: expected.sort(byKey) });
    const chosen = expected.find(({ key }) => key !== null);
    if (!chosen) continue;
    const only = await get(`metrics?metric=credits&granularity=day&filter=${dimension}:${encodeURIComponent(chosen.key as string)}&${span}`);
    expect(only).toMatchObject({ total: chosen.total, series: [{ key: null, total: chosen.total }] });
  }
  const agent = await compareAgents(get, inside, span);
  if (agent) await compareAgent(get, agent, span);
}

/** The list of agents, and the analytics of the first. */
export async function compareAgents(get: Get, inside: Sent[], span: string): Promise<[string, Sent[]] | undefined> {
  const { items } = await get(`agents?limit=200&${span}`);
  const agents = [
    ...Map.groupBy(
      inside.filter(({ agent_id }) => agent_id),
      ({ agent_id }) => agent_id as string,
    ),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(items.map(({ agent_id, events, credits }: (typeof items)[number]) => [agent_id, events, credits])).toEqual(agents.map(([id, members]) => [id, members.length, creditsOf(members)]));
  return agents[0];
}

async function compareAgent(get: Get, agent: [string, Sent[]], span: string): Promise<void> {
  const { totals, points } = await get(`agents/${encodeURIComponent(agent[0])}/analytics?granularity=day&${span}`);
  expect(totals).toMatchObject({ events: agent[1].length, credits: creditsOf(agent[1]) });
  expect(points.reduce((sum: number, point: { events: number }) => sum + point.events, 0)).toBe(agent[1].length);
  const durations = agent[1]
    .flatMap(({ data }) => data.duration_ms ?? [])
    .map((ms) => Math.max(ms, 1))
    .sort((a, b) => a - b);
  if (durations.length === 0) expect(totals.duration_p50).toBeNull();
  else expect(Math.abs(totals.duration_p50 / (durations[Math.ceil(durations.length / 2) - 1] as number) - 1)).toBeLessThan(0.045);
}
