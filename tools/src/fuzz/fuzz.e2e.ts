import { Client } from 'pg';
import { request } from '../testing/json-request';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { rightRequests, type ApiDocument } from './api-cases';
import { fuzzApi } from './fuzz-api';
import { fuzzJobs } from './fuzz-jobs';
import { fuzzLive } from './fuzz-live';

/** The same cases in every run, so that a red one is about the change; others by command: `npm run fuzz -- --seed N`. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_780);
/** The machine of the tests does other things besides. */
const LENIENCY = 4;

let apps: AppsUnderTest;
const target = async (app: 'analytics-api' | 'websocket-gateway') => ({ url: apps.urls[app], workspace: 'fuzz', token: await apps.token({ workspace: 'fuzz', role: 'owner', operator: true }) });

async function storedEvents(): Promise<number> {
  const admin = new Client({ connectionString: apps.database.adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ n: number }>('SELECT count(*)::int AS n FROM events');
  await admin.end();
  return rows[0]?.n ?? 0;
}

beforeAll(async () => {
  apps = await startApps({ LOG_LEVEL: 'warn' });
}, 120_000);
afterAll(() => apps?.stop(), 60_000);
// After whatever was sent: all three are the processes that were started, and the next good request works.
afterEach(async () => {
  expect((await request(`${apps.urls['analytics-api']}/api/v1/workspaces/fuzz/overview`, { token: (await target('analytics-api')).token })).status).toBe(200);
  for (const url of Object.values(apps.urls)) expect((await request(`${url}/ready`)).status).toBe(200);
});

it('what is spoilt is right before: every body of the document is taken', async () => {
  const { url, token, workspace } = await target('analytics-api');
  const document = JSON.parse((await request(`${url}/docs/openapi.json`)).text) as ApiDocument;
  const requests = rightRequests(document, workspace);
  expect(requests.length).toBeGreaterThan(4);
  for (const { method, path, body } of requests) {
    const { status, text } = await request(url + path, { method, token, body });
    if (status >= 300) throw new Error(`${method} ${path} ${JSON.stringify(body)} is answered ${status}: ${text}`);
  }
});

it('4,400 bad requests: no 5xx, no hang, no leak, always a documented problem, and nothing stored of what was refused', async () => {
  const before = await storedEvents();
  const told = await fuzzApi(await target('analytics-api'), { runs: 4_400, seed: SEED, leniency: LENIENCY });
  expect(told).toBeGreaterThan(0);
  expect(await storedEvents()).toBeLessThanOrEqual(before + told);
}, 300_000);
it('300 live sockets with bad frames: each answers a ping or closes with a code of ours', async () => fuzzLive(await target('websocket-gateway'), { runs: 300, seed: SEED, leniency: LENIENCY }), 120_000);
it('300 job payloads that no worker understands: none is left waiting', () => fuzzJobs(apps.stack.redisUrl, { runs: 300, seed: SEED, patienceMs: 100_000 }), 120_000);
