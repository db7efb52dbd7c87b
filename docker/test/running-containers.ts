import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { App } from '../src/apps';
import { Container, pause, removeContainers } from './container';
import { imageOf } from './images';
import { SpanCollector } from './span-collector';
import { makeWorld, type World } from './world';

const EVENTS = '/api/v1/workspaces/acme/events';
/** As spans name it. */
const EVENTS_ROUTE = '/api/v1/workspaces/:wid/events';
let world: World;

/** As in production; the grace is long enough to see that readiness goes first. */
const start = (app: App, { args, env = {} }: { args?: string[]; env?: Record<string, string> } = {}) =>
  Container.start(imageOf(app), { secretFolder: world.secretFolder, env: { ...world.env, APP_ENV: 'production', SHUTDOWN_GRACE_MS: '1500', ...env }, args });
const ready = async (app: App) => {
  const container = await start(app);
  await container.until('/ready', 200);
  return container;
};

/** Makes what every container of this run needs; to be called before any test of this file. */
export async function makeTheWorld(): Promise<void> {
  const { TEST_POSTGRES_ADMIN_URL = '', TEST_POSTGRES_APP_URL = '', TEST_REDIS_URL = '' } = process.env;
  world = await makeWorld(TEST_POSTGRES_ADMIN_URL, TEST_POSTGRES_APP_URL, TEST_REDIS_URL);
}

export async function endTheWorld(): Promise<void> {
  removeContainers();
  await world?.remove();
}

/** The database is empty at first. */
export const beforeTheMigration = (): void => {
  it('an app is alive and unready, and the migration program makes it ready; running it twice does no harm', async () => {
    const api = await start('analytics-api');
    await api.until('/health', 200);
    expect([await api.status('/live'), await api.status('/ready')]).toEqual([200, 503]);
    for (let round = 0; round < 2; round += 1) {
      const migration = await start('analytics-api', { args: ['dist/migrate/main.js'] });
      expect([await migration.exitCode(), migration.logs()]).toEqual([0, expect.stringContaining('the schema is at the level of this release')]);
    }
    await api.until('/ready', 200);
    removeContainers();
  });

  it('a wrong environment ends the process with a line for each problem, and no secret', async () => {
    const api = await Container.start(imageOf('analytics-api'), { secretFolder: world.secretFolder, env: { APP_ENV: 'production', LOG_LEVEL: 'loud', REDIS_URL: 'nonsense-and-secret' } });
    expect(await api.exitCode()).toBe(1);
    expect(api.logs()).toMatch(/LOG_LEVEL: must be one of[\s\S]*REDIS_URL: must be a redis[\s\S]*AUTH_JWT_SECRET: must not keep its default/);
    expect(api.logs()).not.toContain('nonsense-and-secret');
  });
};

/** An app as the cluster runs it, from its first answer to its last. */
export const inAContainer = (app: App): void => {
  let container: Container;
  beforeAll(async () => {
    container = await ready(app);
  });

  it('answers its probes, its metrics and its health check', async () => {
    const paths = ['/health', '/live', '/ready', '/metrics'];
    expect(await Promise.all(paths.map(container.status))).toEqual([200, 200, 200, 200]);
    expect(container.health()).toBe(0);
    expect(await (await container.fetch('/metrics')).text()).toContain('process_memory_limit_bytes 536870912');
  });

  it('is nobody, can do nothing special and writes nowhere but /tmp', () => {
    const status = readFileSync(`/proc/${container.inspect('{{.State.Pid}}')}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const write = (path: string) => container.exec('node', '-e', `require('fs').writeFileSync('${path}', '')`);
    expect([write('/app/x'), write('/x')].map(({ output }) => /EROFS/.test(output))).toEqual([true, true]);
    expect(write('/tmp/x').status).toBe(0);
    expect(container.exec('sh', '-c', 'true').status).not.toBe(0);
  });

  it('turns unready on SIGTERM while it still answers, and ends with 0 within 25 s', async () => {
    const began = Date.now();
    container.terminate();
    await container.until('/ready', 503);
    expect(await container.status('/live')).toBe(200);
    expect(await container.exitCode()).toBe(0);
    const seconds = (Date.now() - began) / 1000;
    process.stdout.write(`${app}: ended ${seconds.toFixed(1)} s after SIGTERM\n`);
    expect(seconds).toBeLessThan(25);
    expect(container.logs().trim().split('\n').at(-1)).toContain('"message":"stopped"');
  });
};

/** Sends an event but for the end of the request's body. `finish` sends the rest; `answer` is what came back so far. */
function beginRequest(api: Container, id: string): { finish(): void; answer(): string } {
  const body = JSON.stringify({ events: [{ id, type: 'user.active', time: new Date().toISOString(), user_id: 'u1' }] });
  const socket = connect(api.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  socket.write(`POST ${EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
  return { finish: () => socket.write(body.slice(20)), answer: () => answer };
}

/** What a stop must not lose. */
export const stoppedWithWorkInFlight = (): void => {
  it('lets a request end that had begun', async () => {
    const api = await ready('analytics-api');
    const request = beginRequest(api, 'in-flight');
    await pause(300);
    api.terminate();
    await api.until('/ready', 503);
    request.finish();
    expect(await api.exitCode()).toBe(0);
    expect(request.answer()).toMatch(/^HTTP\/1\.1 200/);
    expect(await world.count(`SELECT count(*) AS n FROM events WHERE event_id = 'in-flight'`)).toBe(1);
  });

  it('leaves no work behind that the next worker does not finish', async () => {
    const [api, first] = await Promise.all([ready('analytics-api'), ready('jobs-worker')]);
    const send = (batch: number) =>
      api.fetch(EVENTS, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events: Array.from({ length: 100 }, (_, n) => ({ id: `b${batch}-${n}`, type: 'user.active', time: new Date().toISOString(), user_id: `u${n}` })) }),
      });
    for (let batch = 0; batch < 5; batch += 1) expect((await send(batch)).status).toBe(200);
    first.terminate();
    expect((await send(5)).status).toBe(200);
    expect(await first.exitCode()).toBe(0);
    await ready('jobs-worker');
    for (const end = Date.now() + 30_000; Date.now() < end && (await world.count('SELECT count(*) AS n FROM dirty_buckets')) > 0; ) await pause(200);
    expect(await world.count('SELECT count(*) AS n FROM dirty_buckets')).toBe(0);
    expect(await world.count(`SELECT sum(events) AS n FROM rollup_15m WHERE kind = 'user.active'`)).toBe(601);
  });

  it('says good-bye to live clients with a time to come back, and closes 1001', async () => {
    const gateway = await ready('websocket-gateway');
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/live?workspace=acme`, ['shadower.v1'], { headers: { authorization: `Bearer ${world.token}` } });
    const frames: string[] = [];
    client.on('message', (data) => frames.push(String(data)));
    const closed = new Promise<number>((resolve, reject) => client.on('close', resolve).on('error', reject));
    await new Promise((resolve, reject) => client.once('message', resolve).once('error', reject));
    gateway.terminate();
    expect(await closed).toBe(1001);
    expect(JSON.parse(frames.at(-1) ?? '{}')).toMatchObject({ type: 'bye', retry_ms: expect.any(Number) });
    expect(await gateway.exitCode()).toBe(0);
  });

  it('hands over the span of a request that ended last', async () => {
    const collector = await SpanCollector.start();
    const api = await start('analytics-api', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' } });
    await api.until('/ready', 200);
    const request = beginRequest(api, 'last');
    await pause(300);
    api.terminate();
    // Held back until the grace is over, so that nothing but the flush has the time to send its span.
    await api.until('/ready', 0);
    expect(collector.received).not.toContain(EVENTS_ROUTE);
    request.finish();
    expect(await api.exitCode()).toBe(0);
    expect(collector.received).toContain(EVENTS_ROUTE);
    collector.stop();
  });
};
