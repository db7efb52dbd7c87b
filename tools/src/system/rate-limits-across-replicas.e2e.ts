import { rmSync } from 'node:fs';
import { FlakyLink } from '@shadower/redis/testing';
import { AppProcess } from '../stack/app-process';
import { until } from '../stack/until';
import { redisDatabase } from '../testing/redis-database';
import { request, type Answer } from '../testing/json-request';
import { scrape } from '../testing/scrape';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { testFolder } from '../testing/servers';

const BURST = 1_000;
/** The least that may come back, and time to wait for Redis on a busy machine. */
const LIMITS = { RATE_LIMIT_CALLER_PER_SECOND: '1', RATE_LIMIT_CALLER_BURST: String(BURST), RATE_LIMIT_WORKSPACE_PER_SECOND: '1', RATE_LIMIT_WORKSPACE_BURST: String(BURST), RATE_LIMIT_REDIS_TIMEOUT_MS: '5000' };

let link: FlakyLink;
let apps: AppsUnderTest;
let second: AppProcess;
let urls: string[];
const folder = testFolder();

beforeAll(async () => {
  link = await FlakyLink.to(await redisDatabase());
  const env = { ...LIMITS, REDIS_URL: link.url };
  apps = await startApps(env);
  const common = { PATH: process.env.PATH, HOME: process.env.HOME, APP_ENV: 'test', SHUTDOWN_GRACE_MS: '0', DATABASE_URL: apps.database.url };
  second = await AppProcess.start({ name: 'analytics-api', dataDir: folder, env: { ...common, ...env } });
  urls = [apps.urls['analytics-api'], second.url];
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await apps?.stop();
  await link?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Batches of 100 events to both in turns, all at once: ten of them empty a bucket. */
async function flood(workspace: string, batches: number): Promise<Answer[]> {
  const token = await apps.token({ workspace });
  const events = Array.from({ length: 100 }, (_, index) => ({ id: String(index), type: 'user.active', time: new Date().toISOString() }));
  return Promise.all(Array.from({ length: batches }, (_, index) => request(`${urls[index % 2]}/api/v1/workspaces/${workspace}/events`, { method: 'POST', token, body: { events } })));
}
const served = (answers: Answer[]): number => answers.filter(({ status }) => status === 200).length;
const refused = (answers: Answer[]): number => answers.filter(({ status }) => status === 429).length;

/** How often each of the two decided so. */
const decisions = (result: string): Promise<number[]> =>
  Promise.all(urls.map(async (url) => (await scrape(`${url}/metrics`)).find(({ name, labels }) => name === 'rate_limit_decisions_total' && labels.result === result)?.value ?? 0));

it('two processes let through together exactly what a bucket holds', async () => {
  const answers = await flood('shared', 40);
  // A token comes back each second, so less than one batch more.
  expect({ served: served(answers), refused: refused(answers) }).toEqual({ served: 10, refused: 30 });
  const [allowed, denied] = [await decisions('allowed'), await decisions('refused')];
  expect(allowed.map((count, index) => count + (denied[index] ?? 0))).toEqual([20, 20]);
  expect(await decisions('fallback_allowed')).toEqual([0, 0]);
}, 30_000);

it('each holds its own bucket while Redis is away, and says so', async () => {
  link.cut();
  const answers = await flood('alone', 40);
  expect({ served: served(answers), refused: refused(answers) }).toEqual({ served: 20, refused: 20 });
  expect(await decisions('fallback_allowed')).toEqual([10, 10]);
  expect(await decisions('fallback_refused')).toEqual([10, 10]);
  link.open();
  const token = await apps.token({ workspace: 'back' });
  const [before = 0] = await decisions('allowed');
  await until(async () => {
    await request(`${urls[0]}/api/v1/workspaces/back/overview`, { token });
    return ((await decisions('allowed'))[0] as number) > before ? true : undefined;
  }, 20_000, 200).then((back) => expect(back).toBe(true));
}, 60_000);
