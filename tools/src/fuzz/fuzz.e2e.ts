import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Pool } from 'pg';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { rightBodies } from './api-cases';
import { operationsOf, type ApiDocument } from './api-document';
import { passwordsIn } from './findings';
import { fuzzApi, type FuzzedApi } from './fuzz-api';
import { fuzzJobs } from './fuzz-jobs';
import { fuzzLive } from './fuzz-live';
import { fuzzRaw } from './fuzz-raw';
import { STORED } from './tenant';

/** The same cases in every run, so that a red one is about the change; others by command: `npm run fuzz -- --seed N`. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_780);
/** The machine of the tests does other things besides. */
const LENIENCY = 4;

let apps: AppsUnderTest;
let admin: Pool;
let api: FuzzedApi;
const token = (workspace: string): Promise<string> => apps.token({ workspace, role: 'owner', operator: true });
const storedEvents = async (): Promise<number> => (await api.sql<{ n: number }>(STORED))[0]?.n ?? 0;

beforeAll(async () => {
  apps = await startApps({ LOG_LEVEL: 'info' });
  admin = new Pool({ connectionString: apps.database.adminUrl, max: 4 });
  const sql: FuzzedApi['sql'] = async <Row>(text: string, values: unknown[] = []) => (await admin.query(text, values)).rows as Row[];
  api = { url: apps.urls['analytics-api'], sql, token, secrets: new Set(passwordsIn(apps.database.url, apps.database.adminUrl)) };
}, 120_000);
afterAll(async () => {
  await admin?.end();
  await apps?.stop();
}, 60_000);
// After whatever was sent: all three are the processes that were started, and the next good request works.
afterEach(async () => {
  expect((await request(`${api.url}/api/v1/workspaces/fuzz/overview`, { token: await token('fuzz') })).status).toBe(200);
  for (const url of Object.values(apps.urls)) expect((await request(`${url}/ready`)).status).toBe(200);
});

it('what is spoilt is right before: whatever bodies are made of the document are taken', async () => {
  const document = JSON.parse((await request(`${api.url}/docs/openapi.json`)).text) as ApiDocument;
  const taking = operationsOf(document).filter(({ requestBody }) => requestBody);
  expect(taking.length).toBeGreaterThan(4);
  for (const operation of taking) {
    for (const body of fc.sample(rightBodies(operation, document, 'fuzz') as fc.Arbitrary<unknown>, { numRuns: 12, seed: SEED })) {
      const send = async () => request(api.url + operation.route.replace('{wid}', 'fuzz'), { method: operation.method, token: await token('fuzz'), body });
      let answer = await send();
      // As many exports as a workspace may have at a time are soon under way.
      await until(async () => (answer.status === 429 ? void (answer = await send()) : true), 20_000, 200);
      if (answer.status >= 300) throw new Error(`${operation.name} ${JSON.stringify(body)} is answered ${answer.status}: ${answer.text}`);
    }
  }
}, 60_000);

it('4,200 requests: no 5xx, no hang, no leak, always a documented answer that names the field, and no change by what was refused', async () => {
  const before = await storedEvents();
  const { stored, undone } = await fuzzApi(api, { runs: 4_200, seed: SEED, leniency: LENIENCY });
  expect(undone).toEqual([]);
  expect(stored).toBeGreaterThan(0);
  expect(await storedEvents()).toBeLessThanOrEqual(before + stored);
}, 300_000);
it('200 texts that are perhaps no HTTP: each connection is closed, each refusal a problem', async () => fuzzRaw({ url: api.url, token: await token('fuzz'), secrets: api.secrets }, { runs: 200, seed: SEED, patienceMs: 20_000 }), 120_000);
it('300 live sockets with bad frames: each frame is answered, or the socket is closed with a code of ours', async () => {
  const gateway = { url: apps.urls['websocket-gateway'], workspace: 'fuzz', token: await token('fuzz'), secrets: api.secrets };
  expect(await fuzzLive(gateway, { runs: 300, seed: SEED, leniency: LENIENCY })).toBeGreaterThan(50);
}, 120_000);
it('300 job payloads, few of them right: the wrong ones are kept with their reason, no export of another workspace is touched, and right ones are done', () => fuzzJobs(apps.stack.redisUrl, api.sql, { runs: 300, seed: SEED, patienceMs: 100_000 }), 240_000);

it('whatever was said stands in no log as it was: each line is one JSON object without a control character', () => {
  const texts = [...apps.stack.apps.values()].map(({ logFile }) => readFileSync(logFile, 'utf8'));
  for (const line of texts.flatMap((text) => text.split('\n')).filter(Boolean)) {
    expect({ line, raw: /[\u0000-\u001f\u007f]/.test(line) }).toEqual({ line, raw: false });
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
  }
  // The name of a job, as it was sent.
  expect(texts.some((text) => text.includes('a\\r\\nb: c \\u001b[31mred'))).toBe(true);
});
