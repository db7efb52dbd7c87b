import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import { APP_NAMES, type AppName } from '../stack/running-stack';
import { Stack } from '../stack/stack';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { testFolder } from '../testing/servers';

const dataDir = testFolder();
const stack = new Stack({ dataDir, durable: false, env: { PATH: process.env.PATH, APP_ENV: 'test' } });
const again: { stop(): Promise<void> }[] = [];

/** Every app answers for all of the system, whichever an operator happens to ask. The Main App comes in where MAIN_APP_URL names one. */
const DEPENDENCIES = ['background-jobs', 'postgresql', 'redis', 'websocket'];

/** What an app says of itself: three status codes, its own word, and which dependencies are down. */
interface Health {
  live: number;
  ready: number;
  detailed: number;
  status: unknown;
  down: string[];
}

async function healthOf(name: AppName): Promise<Health> {
  const [health, live, ready, detailed] = await Promise.all(['health', 'live', 'ready', 'health/detailed'].map((path) => request(`${stack.urls[name]}/${path}`)));
  expect(health).toMatchObject({ status: 200, body: { status: 'ok', service: name } });
  const checks = Object.entries((detailed?.body.checks ?? {}) as Record<string, { status: string; latency_ms: number }>);
  expect(checks.map(([check]) => check).sort()).toEqual(DEPENDENCIES);
  for (const [, check] of checks) expect(check.latency_ms).toBeGreaterThanOrEqual(0);
  const down = checks.filter(([, { status }]) => status === 'down').map(([check]) => check);
  return { live: live?.status ?? 0, ready: ready?.status ?? 0, detailed: detailed?.status ?? 0, status: detailed?.body.status, down };
}

/** Waits until the app says so: answers are up to a second old. */
async function says(name: AppName, expected: Health): Promise<void> {
  let last: Health | undefined;
  await until(async () => (JSON.stringify((last = await healthOf(name))) === JSON.stringify(expected) ? true : undefined), 20_000, 200);
  expect({ name, ...last }).toEqual({ name, ...expected });
}

const FINE: Health = { live: 200, ready: 200, detailed: 200, status: 'ok', down: [] };
const without = (dependency: string): Health => ({ ...FINE, status: 'degraded', down: [dependency] });
const notWithout = (dependency: string): Health => ({ live: 200, ready: 503, detailed: 503, status: 'unhealthy', down: [dependency] });
const all = (expected: Record<AppName, Health>): Promise<unknown> => Promise.all(APP_NAMES.map((name) => says(name, expected[name])));
const FINE_ALL = Object.fromEntries(APP_NAMES.map((name) => [name, FINE])) as Record<AppName, Health>;

beforeAll(() => stack.start(), 120_000);
afterAll(async () => {
  await stack.stop();
  await Promise.all(again.map((server) => server.stop()));
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

it('is fine while all is there', () => all(FINE_ALL), 30_000);

it('without Redis is degraded everywhere and ready everywhere, and fine again afterwards', async () => {
  const { port, dataDir: folder } = stack.redis as PrivateRedis;
  await stack.redis?.kill();
  await all({ 'analytics-api': without('redis'), 'jobs-worker': without('redis'), 'websocket-gateway': without('redis') });
  const { body } = await request(`${stack.urls['analytics-api']}/health/detailed`);
  expect(body.checks).toMatchObject({ websocket: { status: 'unknown' }, 'background-jobs': { status: 'unknown' } });
  again.push(await PrivateRedis.start({ dataDir: folder, logFile: join(dataDir, 'logs', 'redis.log'), port, durable: false }));
  await all(FINE_ALL);
}, 90_000);

it('without PostgreSQL is unhealthy where nothing works without it, degraded at the gateway, alive everywhere, and fine again afterwards', async () => {
  const { port, dataDir: folder } = stack.postgres as PrivatePostgres;
  await stack.postgres?.kill();
  await all({ 'analytics-api': notWithout('postgresql'), 'jobs-worker': notWithout('postgresql'), 'websocket-gateway': without('postgresql') });
  again.push(await PrivatePostgres.start({ dataDir: folder, logFile: join(dataDir, 'logs', 'postgres.log'), port, durable: false }));
  await all(FINE_ALL);
}, 90_000);

it.each([
  ['websocket-gateway', 'websocket'],
  ['jobs-worker', 'background-jobs'],
] as const)('without %s is degraded by %s at the others, and fine again afterwards', async (gone, dependency) => {
  await stack.apps.get(gone)?.stop();
  await Promise.all(APP_NAMES.filter((name) => name !== gone).map((name) => says(name, without(dependency))));
  await stack.restart(gone);
  await all(FINE_ALL);
}, 90_000);

it('knows how many processes work beside it, and how they are', async () => {
  const facts = async (name: AppName) => (await request(`${stack.urls[name]}/health/detailed`)).body.checks;
  expect(await facts('analytics-api')).toMatchObject({ 'background-jobs': { criticality: 'optional', processes: 1 }, websocket: { criticality: 'optional', processes: 1 } });
  expect(await facts('websocket-gateway')).toMatchObject({ websocket: { criticality: 'required', connections: 0, capacity: expect.any(Number), watched_ms_ago: expect.any(Number) } });
  expect(await facts('jobs-worker')).toMatchObject({ 'background-jobs': { criticality: 'required', workers: 4, oldest_job_age_seconds: expect.any(Number) } });
});
