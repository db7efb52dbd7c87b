import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { pipeline } from './pipeline';
import { buildTelemetry, SpawnedApp } from './spawned-app';

const SEED = Number(process.env.SEED ?? Date.now());

describe('a request', () => {
  let app: SpawnedApp;

  beforeAll(async () => {
    await buildTelemetry();
    app = await SpawnedApp.playground({ METRICS_WORKSPACES: '5' });
    await app.url();
  }, 60_000);
  afterAll(() => app.stop(), 30_000);

  it('counts also where its status is new since the last scrape: Prometheus sees it begin at 0, anybody else as it is', async () => {
    const [first, second] = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: true, maxSockets: 1 })];
    const url = `${await app.url()}/metrics`;
    const scrape = (agent: Agent) => new Promise<string>((resolve, reject) => get(url, { agent, headers: { 'x-prometheus-scrape-timeout-seconds': '10' } }, (answer) => void text(answer).then(resolve, reject)).on('error', reject));
    const line = 'http_requests_total{method="POST",endpoint="/play/echo",status="400"}';
    for (const agent of [first, second]) expect(await scrape(agent)).not.toContain(line);
    for (let sent = 0; sent < 3; sent++) await app.get('/play/echo', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' });
    expect(await (await app.get('/metrics')).text()).toContain(`${line} 3\n`);
    for (const agent of [first, second]) expect(await scrape(agent)).toContain(`${line} 0\n`);
    for (const agent of [first, second]) expect(await scrape(agent)).toContain(`${line} 3\n`);
    for (const agent of [first, second]) agent.destroy();
  });

  it(`with any path, id or method makes no series of its own: 10,000 of them leave the count flat (seed ${SEED})`, async () => {
    const ours = (line: string): boolean => line !== '' && !/^(#|nodejs_|process_)/.test(line);
    const count = async (): Promise<number> => (await (await app.get('/metrics')).text()).split('\n').filter(ours).length;
    const names = fc.sample(fc.stringMatching(/^[a-z0-9._~-]{1,20}$/), { seed: SEED, numRuns: 10_000 });
    const random = (number: number) => (number % 3 === 0 ? { method: 'GET', path: `/play/slow/0.${number}` } : { method: number % 2 ? 'GET' : 'PUT', path: `/${names[number]}/${number}?q=${number}` });
    await pipeline(await app.url(), [0, 1, 2].map(random));
    const before = await count();
    for (let sent = 0; sent < 10_000; sent += 500) {
      const answers = await pipeline(await app.url(), Array.from({ length: 500 }, (_, index) => random(sent + index)));
      expect(answers).toHaveLength(500);
    }
    expect(await count()).toBe(before);
    expect(before).toBeLessThan(600);
  }, 60_000);

  it('for any workspace makes no series beyond those of the first ones: 10,000 leave the count flat and lose no credit', async () => {
    const credits = async (): Promise<string[]> => (await (await app.get('/metrics')).text()).split('\n').filter((line) => line.startsWith('analytics_credits_consumed_total{'));
    for (let sent = 0; sent < 10_000; sent += 500) {
      const visits = Array.from({ length: 500 }, (_, index) => ({ method: 'GET', path: `/play/spend/workspace-${sent + index}` }));
      expect(await pipeline(await app.url(), visits)).toHaveLength(500);
    }
    const lines = await credits();
    expect(lines).toHaveLength(6); // METRICS_WORKSPACES, and `other`
    expect(lines).toContain('analytics_credits_consumed_total{workspace_id="other"} 9995');
  }, 60_000);
});
