import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PrivatePostgres } from '../stack/private-postgres';
import { Stack } from '../stack/stack';
import { until } from '../stack/until';
import { executionEvent, request, type Answer } from '../testing/json-request';
import { testFolder } from '../testing/servers';
import { demoToken } from '../token/demo-token';

const dataDir = testFolder();
const stack = new Stack({ dataDir, durable: false, env: { PATH: process.env.PATH, APP_ENV: 'test' } });
let token: string;
let again: PrivatePostgres | undefined;

const send = (id: string): Promise<Answer> => request(`${stack.urls['analytics-api']}/api/v1/workspaces/demo/events`, { method: 'POST', token, body: { events: [executionEvent(id)] } });
const overview = (): Promise<Answer> => request(`${stack.urls['analytics-api']}/api/v1/workspaces/demo/overview`, { token });
const ready = async (): Promise<number> => (await request(`${stack.urls['analytics-api']}/ready`)).status;
const events = (answer: Answer): unknown => (answer.body.totals as { events: number } | undefined)?.events;

beforeAll(async () => {
  await stack.start();
  token = await demoToken({ workspace: 'demo' });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await again?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

it('answers 503 with Retry-After while PostgreSQL is away, and loses nothing that it acknowledged', async () => {
  expect((await send('before')).status).toBe(200);
  const { port, dataDir: folder } = stack.postgres as PrivatePostgres;
  await stack.postgres?.kill();

  for (const answer of [await send('while-away'), await overview()]) {
    expect(answer).toMatchObject({ status: 503, body: { status: 503 } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|SELECT|INSERT/);
  }
  expect(await until(async () => ((await ready()) === 503 ? true : undefined), 10_000, 100)).toBe(true);

  again = await PrivatePostgres.start({ dataDir: folder, logFile: join(dataDir, 'logs', 'postgres.log'), port, durable: false });
  expect(again.port).toBe(port);
  expect(await until(async () => ((await ready()) === 200 ? true : undefined), 20_000, 100)).toBe(true);
  expect(await until(async () => ((await send('after')).status === 200 ? true : undefined), 10_000, 100)).toBe(true);
  expect(events(await overview())).toBe(2);
}, 90_000);
