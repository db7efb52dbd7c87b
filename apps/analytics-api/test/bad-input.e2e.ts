import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TestApi } from './test-api';

const EVENTS = '/api/v1/workspaces/acme/events';
const event = { id: 'a', type: 'user.active', time: new Date().toISOString() };
const nested = (depth: number): string => `{"events":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const wide = (): string => JSON.stringify({ events: [{ ...event, data: Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [index.toString(36), 1])) }] });

/** Bodies that have broken some service before, and how each is refused. Generated ones stand in `tools/src/fuzz`. */
const BODIES: Record<string, { body: string | Uint8Array; headers?: Record<string, string>; status: number }> = {
  'no JSON': { body: 'events', status: 400 },
  'truncated JSON': { body: JSON.stringify({ events: [event] }).slice(0, -3), status: 400 },
  'an empty body': { body: '', status: 400 },
  'JSON 10,000 deep': { body: nested(10_000), status: 422 },
  'JSON 100,000 deep': { body: nested(100_000), status: 422 },
  '100,000 keys': { body: wide(), status: 422 },
  'over a mebibyte': { body: `{"events":[${' '.repeat(1_048_577)}]}`, status: 413 },
  'more than 1,000 events': { body: JSON.stringify({ events: Array.from({ length: 1_001 }, () => event) }), status: 400 },
  'a gzip bomb': { body: gzipSync(Buffer.alloc(64 * 1_048_576)), headers: { 'content-encoding': 'gzip' }, status: 413 },
  'gzip that is none': { body: 'plain', headers: { 'content-encoding': 'gzip' }, status: 400 },
  'another encoding': { body: '{}', headers: { 'content-encoding': 'br' }, status: 415 },
  'latin1': { body: Buffer.from('{"events":[{"id":"é"}]}', 'latin1'), headers: { 'content-type': 'application/json; charset=iso-8859-1' }, status: 415 },
  'latin1 that does not say so': { body: Buffer.from('{"events":[{"id":"é"}]}', 'latin1'), status: 400 },
  'a charset that there is not': { body: '{}', headers: { 'content-type': 'application/json; charset=klingon' }, status: 415 },
  'no content type': { body: Buffer.from('{}'), headers: { 'content-type': '' }, status: 415 },
  'UTF-16': { body: '{}', headers: { 'content-type': 'application/json; charset=utf-16' }, status: 415 },
  'bytes that are no UTF-8': { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]), status: 400 },
  'XML': { body: '<events/>', headers: { 'content-type': 'application/xml' }, status: 415 },
  'a prototype': { body: '{"events":[{"__proto__":{"id":"a"},"type":"user.active","time":"2026-01-01T00:00:00Z"}]}', status: 422 },
  'a name that is there twice': { body: `{"events":[],"events":[{"id":"a","type":"user.active","time":"${event.time}","id":7}]}`, status: 422 },
  'the other half of a surrogate pair': { body: '{"events":[{"id":"a\\udfff","type":"user.active","time":"2026-01-01T00:00:00Z"}]}', status: 422 },
  'a number below doubles that are exact': { body: JSON.stringify({ events: [{ ...event, data: { tokens: { context: -(2 ** 53) } } }] }), status: 422 },
  'a number above doubles that are exact': { body: `{"events":[{"id":"a","type":"user.active","time":"${event.time}","data":{"tokens":{"context":9007199254740993}}}]}`, status: 422 },
  'NUL in a text': { body: JSON.stringify({ events: [{ ...event, id: 'a\u0000b' }] }), status: 422 },
  'half a surrogate pair': { body: '{"events":[{"id":"\\ud800","type":"user.active","time":"2026-01-01T00:00:00Z"}]}', status: 422 },
  'a number beyond doubles': { body: '{"events":[{"id":"a","type":"user.active","time":"2026-01-01T00:00:00Z","data":{"duration_ms":1e400}}]}', status: 422 },
  'a leap second': { body: JSON.stringify({ events: [{ ...event, time: '2016-12-31T23:59:60Z' }] }), status: 422 },
};
/** Times that RFC 3339 knows and PostgreSQL does not. */
const TIMES = ['2026-01-01T00:00:00+16:00', '2026-01-01T00:00:00-23:59', `2026-01-01T00:00:00.${'1'.repeat(200)}Z`, '0000-06-01T00:00:00Z'];
const TOKENS: Record<string, string> = {
  'alg none': `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
  '12 KB': 'x'.repeat(12_000),
  'garbage': 'a.b.c',
  'CR LF': 'a%0d%0ab',
};
/** Every route that takes a body. */
const TAKING = ['POST events', 'PUT credits/quota', 'PUT retention-policy', 'POST api-keys', 'POST exports', 'POST ../../stream/tickets'];
/** What is refused wherever it is sent. */
const ANYWHERE: Record<string, { body: string | Uint8Array; headers?: Record<string, string>; status: number }> = {
  'an array 10,000 deep': { body: `${'['.repeat(10_000)}${']'.repeat(10_000)}`, status: 400 },
  'an object 10,000 deep': { body: `${'{"events":'.repeat(10_000)}1${'}'.repeat(10_000)}`, status: 400 },
  '100,000 names': { body: JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [index.toString(36), 1]))), status: 400 },
  'over a mebibyte': { body: `{"a":"${'x'.repeat(1_048_577)}"}`, status: 413 },
  'a gzip bomb': { body: gzipSync(Buffer.alloc(64 * 1_048_576)), headers: { 'content-encoding': 'gzip' }, status: 413 },
  'gzip that is none': { body: '{}', headers: { 'content-encoding': 'gzip' }, status: 400 },
  'latin1': { body: Buffer.from('{"é":1}', 'latin1'), status: 400 },
  'a charset that there is not': { body: '{}', headers: { 'content-type': 'application/json; charset=klingon' }, status: 415 },
  'no JSON': { body: '{', status: 400 },
};
/** Spans that no question may have. */
const RANGES = ['from=2026-02-01&to=2026-01-01', 'from=2026-01-01&to=2026-01-01', 'from=2000-01-01&to=2099-12-31'];

/** Says something that is not, or not yet, a request; gives what is answered before the connection ends. */
async function said(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

describe('bad input', () => {
  let api: TestApi;
  let token: string;
  let slowHeaders: Promise<string>;
  beforeAll(async () => {
    api = await TestApi.start();
    token = await api.token({ acme: 'owner' });
    // Takes its time, so the others are tried meanwhile.
    slowHeaders = said(api.url, 'GET /live HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  });
  afterAll(() => api?.stop());

  it.each(Object.entries(ANYWHERE))('%s is refused by every route that takes a body, by name, and nothing is kept', async (_name, { body, headers, status }) => {
    for (const route of TAKING) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await api.call(method, new URL(path, 'http://x/api/v1/workspaces/acme/').pathname, { token, body, headers });
      expect({ route, status: answer.status }).toEqual({ route, status });
      expect(answer.body).toMatchObject({ code: expect.any(String), status });
      if (status === 400) expect(answer.body.errors).toEqual(expect.arrayContaining([{ pointer: expect.any(String), detail: expect.any(String) }]));
    }
    for (const list of ['exports', 'api-keys']) expect((await api.call('GET', `/api/v1/workspaces/acme/${list}`, { token })).body.items).toEqual([]);
  });

  it.each(RANGES)('the span %s is refused wherever one can stand, by name', async (range) => {
    for (const question of ['overview', 'metrics?metric=events', 'active-users', 'credits', 'executions', 'agents', 'agents/a/analytics']) {
      const answer = await api.call('GET', `/api/v1/workspaces/acme/${question}${question.includes('?') ? '&' : '?'}${range}`, { token });
      expect({ question, answer }).toMatchObject({ question, answer: { status: 422, body: { code: 'invalid', errors: [{ pointer: expect.stringMatching(/^(from|to)$/) }] } } });
    }
    const [from, to] = range.split('&').map((part) => `${part.split('=')[1]}T00:00:00Z`);
    expect(await api.call('POST', '/api/v1/workspaces/acme/exports', { token, body: { dataset: 'events', format: 'csv', from, to } })).toMatchObject({ status: 400, body: { errors: [{ pointer: expect.stringMatching(/^\/(from|to)$/) }] } });
  });

  it.each(Object.entries(BODIES))('%s is refused with a problem, and the next good request is served', async (_name, { body, headers, status }) => {
    const answer = await api.call('POST', EVENTS, { token, body, headers });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/SELECT |INSERT |node_modules|at \w+ \(/);
    if (!answer.body.rejected) expect(answer.body).toMatchObject({ code: expect.any(String), status });
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token })).status).toBe(200);
  });

  it.each(TIMES)('the time %.40s is refused wherever one can stand, and loses no event beside it', async (time) => {
    const batch = await api.call('POST', EVENTS, { token, body: { events: [{ ...event, id: time.slice(0, 40) }, { ...event, time }] } });
    expect(batch).toMatchObject({ status: 207, body: { accepted: 1, rejected: [{ index: 1, problem: { errors: [{ pointer: '/events/1/time' }] } }] } });
    const text = encodeURIComponent(time);
    for (const question of [`overview?from=${text}`, `overview?to=${text}`, `executions?from=${text}`, `metrics?metric=events&from=${text}`, `agents?to=${text}`, `credits?from=${text}`]) {
      expect((await api.call('GET', `/api/v1/workspaces/acme/${question}`, { token })).status).toBe(400);
    }
    const cursor = (id: string) => Buffer.from(JSON.stringify([time, id])).toString('base64url');
    const uuid = '00000000-0000-4000-8000-000000000000';
    for (const [list, id] of [['executions', 'a'], ['agents', 'a'], ['alerts', uuid], ['exports', uuid], ['api-keys', '0123456789abcdef']]) {
      expect(await api.call('GET', `/api/v1/workspaces/acme/${list}?cursor=${cursor(String(id))}`, { token })).toMatchObject({ status: 400, body: { errors: [{ pointer: 'cursor' }] } });
    }
    const order = { dataset: 'events', format: 'csv', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    for (const wrong of [{ from: time }, { to: time }]) expect((await api.call('POST', '/api/v1/workspaces/acme/exports', { token, body: { ...order, ...wrong } })).status).toBe(400);
    expect((await api.call('POST', '/api/v1/workspaces/acme/api-keys', { token, body: { name: 'a', scopes: ['read'], expires_at: time } })).status).toBe(400);
  });

  it('a header of 64 KB is refused, and the next good request is served', async () => {
    const answer = await fetch(`${api.url}/api/v1/workspaces/acme/overview`, { headers: { authorization: `Bearer ${token}`, 'x-large': 'x'.repeat(65_536) } });
    expect(answer.status).toBe(431);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 431, code: 'headers_too_large', request_id: answer.headers.get('x-request-id') });
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token })).status).toBe(200);
  });

  it('what is no HTTP is refused with a problem too', async () => {
    for (const text of ['EVENTS?\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0']) {
      const answer = await said(api.url, text);
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/i);
      expect(answer).toContain('"code":"bad_request"');
    }
    expect((await api.call('GET', '/live')).status).toBe(200);
  });

  it('headers that do not end are given up', async () => {
    const answer = await slowHeaders;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
  }, 30_000);

  it.each([
    ['POST', '/api/v1/workspaces/acme/events', undefined, 401],
    ['POST', '/api/v1/workspaces/acme/events', 'a.b.c', 401],
    ['PUT', '/api/v1/workspaces/acme/credits/quota', undefined, 401],
    ['POST', '/api/v1/stream/tickets', undefined, 401],
    ['POST', '/api/v1/nothing', undefined, 404],
    ['POST', '/nothing', undefined, 404],
  ])('the body of %s %s with the token %s is not even looked at', async (method, path, bad, status) => {
    for (const [body, headers] of [['no JSON', {}], [gzipSync(Buffer.alloc(64 * 1_048_576)), { 'content-encoding': 'gzip' }], ['<xml/>', { 'content-type': 'application/xml' }]] as const) {
      expect((await api.call(method, path, { token: bad, body, headers })).status).toBe(status);
    }
  });

  it('NDJSON of half a million lines costs its sender a refusal, and the process next to nothing', async () => {
    const before = process.memoryUsage().rss;
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.call('POST', EVENTS, { token, body: 'x\n'.repeat(524_288), headers: { 'content-type': 'application/x-ndjson' } })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 400));
    expect(answers[0]?.body).toMatchObject({ code: 'bad_request', errors: [{ detail: 'must hold at most 1000 events' }] });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  it.each(Object.entries(TOKENS))('a token of %s is refused', async (_name, bad) => {
    expect((await api.call('GET', '/api/v1/workspaces/acme/overview', { token: bad })).status).toBe(401);
  });
});
