import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LIVE_SUBPROTOCOL } from '@shadower/domain';
import fc from 'fast-check';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { APP_NAMES } from '../stack/running-stack';
import { until } from '../stack/until';
import { executionEvent, request } from '../testing/json-request';
import { redisContents } from '../testing/redis-contents';
import { startApps, type AppsUnderTest } from '../testing/start-apps';
import { TelemetryReceivers } from '../testing/telemetry-receivers';

const SEED = Number(process.env.SEED ?? Date.now());
const ROUNDS = 12;
/** Rollups of these workspaces fail for good, with a detail that quotes what was sent, as PostgreSQL's own errors do. */
const DOOMED = 'doomed';
const FAIL = `CREATE FUNCTION fail_doomed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.workspace_id LIKE '${DOOMED}%' THEN
    RAISE check_violation USING MESSAGE = 'no such row', DETAIL = (SELECT 'Failing row contains ' || string_agg(data::text, ',') FROM events WHERE workspace_id = NEW.workspace_id);
  END IF;
  RETURN NEW; END $$;
CREATE TRIGGER fail_doomed BEFORE INSERT ON rollup_15m FOR EACH ROW EXECUTE FUNCTION fail_doomed()`;

/** Of characters that a header, a URL and JSON carry as they are, and long enough never to appear by chance. */
const canary = fc.string({ unit: fc.constantFrom(...'abcdefghjkmnpqrstuvwxyz23456789'), minLength: 12, maxLength: 30 }).map((text) => `canary0${text}`);

/** Every variable that is a secret; the passwords of PostgreSQL and Redis are random already. */
const fromEnvironment = (name: string): string => `canary0${name}0${randomBytes(12).toString('hex')}`;
const SECRETS = { AUTH_JWT_SECRET: fromEnvironment('jwt'), OPS_TOKEN: fromEnvironment('ops') };
const DSN_KEY = fromEnvironment('dsn');

let apps: AppsUnderTest;
let receivers: TelemetryReceivers;
let admin: Client;
const planted: string[] = [];
const requestIds: string[] = [];

beforeAll(async () => {
  receivers = await TelemetryReceivers.start();
  // This process signs the tokens of the callers.
  process.env.AUTH_JWT_SECRET = SECRETS.AUTH_JWT_SECRET;
  apps = await startApps({ ...receivers.env(DSN_KEY), ...SECRETS, LOG_LEVEL: 'debug' });
  planted.push(...Object.values(SECRETS), DSN_KEY, ...[apps.database.url, apps.database.adminUrl, apps.stack.redisUrl].map((url) => new URL(url).password));
  admin = new Client({ connectionString: apps.database.adminUrl });
  await admin.connect();
  await admin.query(FAIL);
}, 120_000);
afterAll(async () => {
  await admin?.end();
  await apps?.stop();
  receivers?.stop();
}, 60_000);

/** Everything that a caller can say besides what is kept on purpose: workspace, user and well-formed request id. */
function said(secret: string, requestId: string): { headers: Record<string, string>; query: string; fields: object } {
  const trace = { traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`, tracestate: `vendor=${secret}`, baggage: `secret=${secret};meta=${secret}` };
  const headers = { ...trace, 'x-request-id': requestId, 'x-api-key': secret, 'x-anything': secret, cookie: `session=${secret}`, 'user-agent': secret, referer: `http://127.0.0.1/${secret}`, 'x-forwarded-for': secret };
  return { headers, query: `token=${secret}&anything=${secret}`, fields: { subject: secret, source: secret, execution_id: secret, data: { credits: '1', note: secret, password: secret, model: secret } } };
}

/** All that makes jobs, cache entries, limits, tickets and live records, with the secret wherever there is room for it. */
async function plant(secret: string, workspace: string): Promise<void> {
  const token = await apps.token({ workspace });
  const api = `${apps.urls['analytics-api']}/api/v1`;
  const requestId = `kept-${workspace}`;
  const { headers, query, fields } = said(secret, requestId);
  const { subject, source } = fields as { subject: string; source: string };
  const call = (path: string, method = 'GET', body?: unknown, own: Record<string, string> = {}) => request(`${api}/${path}${path.includes('?') ? '&' : '?'}${query}`, { method, token, body, headers: { ...headers, ...own } });
  const event = { ...executionEvent('one'), ...fields };
  const hours = (offset: number): string => new Date(Date.now() + offset * 3_600_000).toISOString();
  const answers = [
    await request(`${api}/workspaces/${workspace}/events`, { method: 'POST', token, body: { events: [event] }, headers: { ...headers, 'idempotency-key': secret } }),
    await request(`${api}/workspaces/${workspace}/exports`, { method: 'POST', token, body: { dataset: 'events', format: 'csv', from: hours(-1), to: hours(1), filter: { model: secret } }, headers: { ...headers, 'idempotency-key': secret } }),
    await request(`${api}/workspaces/${workspace}/overview`, { token, headers }),
    await request(`${api}/stream/tickets`, { method: 'POST', token, body: { workspace_id: workspace }, headers }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 202, 200, 201]);
  // What is refused leaves as little behind.
  await call(`workspaces/${workspace}/overview?from=${secret}`);
  await call(`workspaces/${workspace}/events`, 'POST', { events: [{ ...event, id: 'two', [secret]: secret }, { type: secret, subject, source }] }, { 'x-request-id': `${secret} ${secret}` });
  await request(`${api}/workspaces/${secret}/overview`, { token, headers });
  await request(`${api}/workspaces/${workspace}/overview`, { token: secret, headers });
  const live = String(answers[3]?.body.url);
  planted.push(secret, token, String(new URL(live).searchParams.get('ticket')));
  await say(live, secret, headers);
  requestIds.push(requestId);
}

/** All that a client of the live socket can say, with the secret in it, until it is sent away for a frame that is none. */
async function say(url: string, secret: string, headers: Record<string, string>): Promise<void> {
  const refused = new WebSocket(`${url}${secret}&token=${secret}`, [LIVE_SUBPROTOCOL, secret], { headers: { ...headers, authorization: `Bearer ${secret}` } });
  refused.on('error', () => undefined);
  const socket = new WebSocket(`${url}&anything=${secret}`, [LIVE_SUBPROTOCOL], { headers });
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  expect(await until(async () => frames.some((frame) => frame.includes('"hello"')) || undefined, 10_000, 10)).toBe(true);
  for (const frame of [{ type: 'sub', id: secret, ch: 'metrics' }, { type: 'sub', id: secret, ch: 'metrics' }, { type: 'unsub', id: `${secret}2` }, { type: secret, [secret]: secret }, { type: 'sub', id: 'x', ch: secret, since: secret }]) socket.send(JSON.stringify(frame));
  expect(await until(async () => frames.filter((frame) => frame.includes('"err"')).length >= 4 || undefined, 10_000, 10)).toBe(true);
  socket.send(`{"token": "${secret}`);
  await closed;
  refused.terminate();
}

/** What leaves the three applications, by signal. */
async function signals(): Promise<[string, string][]> {
  const authorization = `Bearer ${SECRETS.OPS_TOKEN}`;
  const shown = await Promise.all(
    APP_NAMES.flatMap((name) => [
      readFileSync(apps.stack.apps.get(name)?.logFile as string, 'utf8'),
      ...['metrics', 'metrics/cluster', 'health/detailed'].map(async (path) => (await request(`${apps.urls[name]}/${path}`, { headers: { authorization } })).text),
    ]),
  );
  return [['logs, metrics and health', shown.join('\n')], ['spans', receivers.spans], ['envelopes', withoutKeys(receivers.envelopes)]];
}

/** Sentry's own protocol names the public key of the DSN in the head of an envelope, and as the key of the trace. */
const withoutKeys = (envelopes: string): string => envelopes.replaceAll(/"(dsn|public_key)":"[^"]*"/g, '');

const deadJobs = async (): Promise<string[]> => (await admin.query<{ line: string }>('SELECT dead_jobs::text AS line FROM dead_jobs')).rows.map(({ line }) => line);
const foundIn = (text: string): string[] => planted.filter((secret) => text.includes(secret)).map((secret) => text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret) + 60));

it(`leaves no secret of a caller or of the environment in Redis, job data included, among the dead jobs, nor in any signal of the three apps (seed ${SEED})`, async () => {
  let round = 0;
  const everySecret = fc.asyncProperty(canary, async (secret) => plant(secret, `${round++ % 4 === 0 ? DOOMED : 'fine'}-${round}`));
  await fc.assert(everySecret, { seed: SEED, numRuns: ROUNDS, endOnFailure: true });
  // What is looked through holds the jobs of all these requests: their ids, kept on purpose, say so.
  const redis = await until(async () => {
    const contents = await redisContents(apps.stack.redisUrl);
    expect(foundIn(contents)).toEqual([]);
    return requestIds.every((id) => contents.includes(id)) ? contents : undefined;
  }, 10_000, 200);
  expect(redis).toMatch(/tm.*traceparent/);
  const dead = await until(async () => ((await deadJobs()).length >= ROUNDS / 4 ? deadJobs() : undefined), 30_000, 200);
  expect(dead?.join('\n')).toContain('no such row');
  expect([...(dead ?? []), await redisContents(apps.stack.redisUrl)].flatMap(foundIn)).toEqual([]);
  // What left is looked through when it has all arrived: each request in a line and in a span, the failed jobs and sweeps in reports.
  const arrived = async (): Promise<true | undefined> => (requestIds.every((id) => receivers.spans.includes(id)) && receivers.envelopes.includes('no such row') && receivers.envelopes.includes('"route":"sweep rollup"') && receivers.spans.includes('websocket in')) || undefined;
  expect(await until(arrived, 20_000, 200)).toBe(true);
  const seen = await signals();
  expect(requestIds.filter((id) => !seen[0]?.[1].includes(id))).toEqual([]);
  expect(seen.flatMap(([signal, text]) => foundIn(text).map((found) => [signal, found]))).toEqual([]);
}, 120_000);
