import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { APP_NAMES, type AppName } from '../stack/running-stack';
import { request } from '../testing/json-request';
import { answersIn, say } from '../testing/raw-connection';
import { startApps, type AppsUnderTest } from '../testing/start-apps';

/** A busy machine looks for slow senders late. */
const SOON_MS = 40_000;
/** That of a whole request is 60 s. */
const AT_LAST_MS = 100_000;

let apps: AppsUnderTest;
let pids: (number | undefined)[];
/** They take their time, so the others are tried meanwhile. */
const slow = { headers: new Map<AppName, Promise<string>>(), body: new Map<AppName, Promise<string>>() };

beforeAll(async () => {
  apps = await startApps();
  pids = APP_NAMES.map((name) => apps.stack.apps.get(name)?.pid);
  const authorization = `Authorization: Bearer ${await apps.token({ role: 'owner' })}`;
  for (const name of APP_NAMES) {
    slow.headers.set(name, outcome(say(apps.urls[name], 'GET /live HTTP/1.1\r\nHost: x\r\nX-Slow: ', { stays: true, patienceMs: SOON_MS })));
    slow.body.set(name, outcome(say(apps.urls[name], `POST /api/v1/workspaces/demo/events HTTP/1.1\r\nHost: x\r\n${authorization}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`, { stays: true, patienceMs: AT_LAST_MS })));
  }
}, 120_000);
afterAll(() => apps?.stop(), 60_000);
afterEach(async () => {
  for (const name of APP_NAMES) expect((await request(`${apps.urls[name]}/ready`)).status).toBe(200);
  expect(APP_NAMES.map((name) => apps.stack.apps.get(name)?.pid)).toEqual(pids);
});

/** What was heard, or why not, is told when it is asked for. */
const outcome = (saying: Promise<string>): Promise<string> => saying.catch((error: Error) => error.message);

/** What is said to each app, and the refusal that it gets. */
const SAID: Record<string, { text: string; status: number; code: string }> = {
  'what is no HTTP': { text: 'EVENTS?\r\n\r\n', status: 400, code: 'bad_request' },
  'TLS': { text: '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', status: 400, code: 'bad_request' },
  'a header without a colon': { text: 'GET /live HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n', status: 400, code: 'bad_request' },
  'a header of 64 KB': { text: `GET /live HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(65_536)}\r\n\r\n`, status: 431, code: 'headers_too_large' },
  'a token of two megabytes': { text: `GET /live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'x'.repeat(2_097_152)}\r\n\r\n`, status: 431, code: 'headers_too_large' },
  'a ticket of two megabytes': { text: `GET /live?ticket=${'x'.repeat(2_097_152)} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, status: 431, code: 'headers_too_large' },
  '10,000 headers': { text: `GET /live HTTP/1.1\r\nHost: x\r\n${'a:b\r\n'.repeat(10_000)}\r\n`, status: 431, code: 'headers_too_large' },
  'two lengths': { text: 'POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', status: 400, code: 'bad_request' },
  'a length and chunks': { text: 'POST /live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0', status: 400, code: 'bad_request' },
  'a negative length': { text: 'POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', status: 400, code: 'bad_request' },
  'a path that is no UTF-8': { text: 'GET /admin/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', status: 400, code: 'bad_request' },
  'a path with half an escape': { text: 'GET /% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', status: 400, code: 'bad_request' },
  'a part of a path longer than any name': { text: `GET /api/v1/workspaces/${'x'.repeat(2_000)}/overview HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, status: 404, code: 'not_found' },
  'an expectation that nobody knows, of a path that there is not': { text: 'GET /nothing HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n', status: 404, code: 'not_found' },
  'a path out of the root': { text: 'GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', status: 404, code: 'not_found' },
};

describe.each(APP_NAMES)('%s as built', (name) => {
  it.each(Object.entries(SAID))('refuses %s with a problem, and closes', async (_what, { text, status, code }) => {
    const heard = await say(apps.urls[name], Buffer.from(text, 'latin1'), { stays: true, patienceMs: SOON_MS });
    // The reset of a connection on which so much was left unread may overtake the answer.
    if (heard === '' && text.length > 1_048_576) return;
    const [answer] = answersIn(heard);
    expect(answer).toMatchObject({ status, headers: expect.stringContaining('content-type: application/problem+json') });
    expect(JSON.parse(answer?.body ?? '{}')).toMatchObject({ status, code });
    expect(answer?.headers).toMatch(/\r\nx-request-id: [\w-]{36}/);
  }, 60_000);

  it('takes what follows a length that is too small for another request', async () => {
    const heard = await say(apps.urls[name], 'POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{"a":1}', { stays: true, patienceMs: SOON_MS });
    const statuses = answersIn(heard).map(({ status }) => status);
    expect(statuses.at(-1)).toBe(400);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  }, 60_000);

  it('gives up headers that do not end', async () => {
    const [answer] = answersIn(await (slow.headers.get(name) as Promise<string>));
    expect(answer?.status).toBe(408);
    expect(answer?.body).toContain('"code":"request_timeout"');
  }, SOON_MS + 20_000);
});

it('the gateway closes a connection whose upgrade it refuses, also when the visitor keeps his half open', async () => {
  const socket = connect({ port: Number(new URL(apps.urls['websocket-gateway']).port), host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('error', () => undefined);
  socket.write('GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
  // The visitor says more for as long as anybody takes it.
  const talk = setInterval(() => socket.write('x'), 100);
  const closed = await Promise.race([new Promise((resolve) => socket.once('close', () => resolve(true))), sleep(20_000, false)]);
  clearInterval(talk);
  socket.destroy();
  expect(closed).toBe(true);
  expect(heard).toMatch(/^HTTP\/1\.1 404 /);
}, 40_000);

it('each gives up a body that does not end', async () => {
  for (const name of APP_NAMES) {
    const heard = await (slow.body.get(name) as Promise<string>);
    const [answer] = answersIn(heard);
    expect({ name, heard, status: answer?.status }).toEqual({ name, heard, status: 408 });
    expect(heard).toContain('"code":"request_timeout"');
  }
}, AT_LAST_MS + 20_000);
