import { FlakyLink } from '@shadower/redis/testing';
import { readMetric } from '@shadower/telemetry/testing';
import { redisDatabase } from '@shadower/tools/testing';
import type { DownloadLinks as Links } from '../src/exports/download-link';
import { TestApi, type Answer } from './test-api';

const LIMITS = { RATE_LIMIT_CALLER_PER_SECOND: '1', RATE_LIMIT_CALLER_BURST: '1000', RATE_LIMIT_WORKSPACE_PER_SECOND: '2', RATE_LIMIT_WORKSPACE_BURST: '1500', RATE_LIMIT_REDIS_TIMEOUT_MS: '5000' };

/** Only once the app has read its environment. */
const linksOfApp = () => jest.requireActual<{ DownloadLinks: typeof Links }>('../src/exports/download-link').DownloadLinks;

describe('rate limits', () => {
  let api: TestApi;
  let link: FlakyLink;
  beforeAll(async () => {
    link = await FlakyLink.to(await redisDatabase());
    api = await TestApi.start({ ...LIMITS, EVENTS_MAX_AGE_DAYS: '36500', REDIS_URL: link.url });
  });
  afterAll(async () => {
    await api?.stop();
    await link?.close();
  });

  const caller = async (user: string, workspace: string) => {
    const token = await api.token({ [workspace]: 'member' }, { user });
    return {
      send: (count: number): Promise<Answer> => {
        const events = Array.from({ length: count }, (_, index) => ({ id: `${user} ${index}`, type: 'user.active', time: '2026-11-01T00:00:00Z' }));
        return api.call('POST', `/api/v1/workspaces/${workspace}/events`, { token, body: { events } });
      },
      ask: (): Promise<Answer> => api.call('GET', `/api/v1/workspaces/${workspace}/overview`, { token }),
    };
  };
  const decisions = (result: string) => readMetric('rate_limit_decisions_total', { result });
  /** `r` of the caller's and of the workspace's bucket. */
  const left = ({ headers }: Answer) => [...(headers.get('ratelimit') ?? '').matchAll(/r=(\d+)/g)].map(([, number]) => Number(number));

  it('cost an event 1 and any other request too, and say what is left', async () => {
    const ann = await caller('ann', 'acme');
    const first = await ann.send(600);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"caller";q=1000;w=1000, "workspace";q=1500;w=750');
    expect(first.headers.get('ratelimit')).toBe('"caller";r=400;t=600, "workspace";r=900;t=300');
    const [own = 0, all = 0] = left(await ann.ask());
    expect(own).toBeGreaterThanOrEqual(399);
    expect(all).toBeGreaterThanOrEqual(899);
    expect(own).toBeLessThan(500);
  });

  it('refuse what is too much, whole, and say when to come again', async () => {
    const ben = await caller('ben', 'limits-of-caller');
    expect((await ben.send(600)).status).toBe(200);
    const refused = await ben.send(600);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retry_after_ms: expect.any(Number) } });
    expect(refused.body.retry_after_ms).toBeLessThanOrEqual(200_000);
    expect(refused.body.retry_after_ms).toBeGreaterThan(100_000);
    expect(Number(refused.headers.get('retry-after'))).toBe(Math.ceil(refused.body.retry_after_ms / 1_000));
    expect(refused.headers.get('ratelimit')).toBeTruthy();
    expect((await ben.send(400)).status).toBe(200);
  });

  it('hold for a workspace, whoever of it calls, and for no other', async () => {
    const [cleo, dan, eve] = [await caller('cleo', 'busy'), await caller('dan', 'busy'), await caller('eve', 'idle')];
    expect((await cleo.send(1_000)).status).toBe(200);
    expect((await dan.send(1_000)).status).toBe(429);
    expect((await dan.send(500)).status).toBe(200);
    expect((await eve.send(1_000)).status).toBe(200);
  });

  it('hold for signed downloads too, of the workspace whose link it is', async () => {
    const { url } = api.app.get(linksOfApp()).linkTo({ workspaceId: 'files', id: '00000000-0000-4000-8000-000000000000' }, Date.now());
    const first = await api.call('GET', url);
    expect([first.status, first.headers.get('ratelimit')]).toEqual([404, '"workspace";r=1499;t=1']);
    expect((await api.call('GET', url.replace(/signature=../, 'signature=xx'))).headers.get('ratelimit')).toBeNull();
    const [hal, kim] = [await caller('hal', 'files'), await caller('kim', 'files')];
    expect((await hal.send(1_000)).status).toBe(200);
    const [, left = 0] = (await kim.send(400)).headers.get('ratelimit')?.match(/"workspace";r=(\d+)/) ?? [];
    await kim.send(Number(left));
    let last = await api.call('GET', url);
    for (let turn = 0; turn < 20 && last.status !== 429; turn++) last = await api.call('GET', url);
    expect(last).toMatchObject({ status: 429, body: { code: 'rate_limited', retry_after_ms: expect.any(Number) } });
  });

  it('tell a batch that is too large so, and do not ask it to wait', async () => {
    const fay = await caller('fay', 'large');
    expect((await fay.send(1_001)).status).toBe(400);
    expect((await fay.send(1_001)).status).toBe(429);
  });

  it('are not drawn on by callers who are refused, and bind no probe', async () => {
    const answer = await api.call('GET', '/api/v1/workspaces/acme/overview');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('ratelimit')).toBeNull();
    expect((await api.call('GET', '/live')).headers.get('ratelimit')).toBeNull();
  });

  it('go on in this process while Redis is away, which a metric tells', async () => {
    const gil = await caller('gil', 'alone');
    const before = await decisions('fallback_allowed');
    link.cut();
    expect((await gil.send(900)).status).toBe(200);
    expect(await decisions('fallback_allowed')).toBe(before + 1);
    expect((await gil.send(900)).status).toBe(429);
    expect(await decisions('fallback_refused')).toBe(1);
    link.open();
    const ida = await caller('ida', 'together');
    for (const allowed = await decisions('allowed'); (await decisions('allowed')) === allowed; ) await ida.ask();
  }, 30_000);
});
