import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient, retryAfterMs, type ApiClientOptions } from './api-client';

type Answer = (response: ServerResponse, body: string, request: IncomingMessage) => void;
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => (response) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const counts = (accepted: number, duplicate: number) => ({ accepted, duplicate, rejected: [], results: [] });

describe('ApiClient, against a server that answers by a script', () => {
  let server: Server;
  let script: Answer[];
  let seen: { at: number; body: string; authorization?: string }[];
  let waits: string[];
  const clientOf = (options: Partial<ApiClientOptions> = {}) =>
    new ApiClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret', onWait: (reason) => waits.push(reason), ...options });

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ at: Date.now(), body, authorization: request.headers.authorization });
        (script.shift() ?? json(500, {}))(response, body, request);
      });
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => new Promise((done) => void server.close(done)));
  beforeEach(() => {
    seen = [];
    waits = [];
  });

  const event = { id: '1', type: 'user.active' as const, time: '2026-01-01T00:00:00Z' };

  it('sends a batch with its token and gives back the counts', async () => {
    script = [json(200, counts(1, 0))];
    await expect(clientOf().sendEvents('acme', [event])).resolves.toEqual({ accepted: 1, duplicate: 0, rejected: [] });
    expect(seen).toMatchObject([{ authorization: 'Bearer secret', body: JSON.stringify({ events: [event] }) }]);
  });

  it('waits as long as a 429 or 503 asks, the exact field before the header, and sends the same again', async () => {
    script = [json(429, { code: 'rate_limited', retry_after_ms: 150 }, { 'retry-after': '9' }), json(503, { code: 'unavailable' }, { 'retry-after': '1' }), json(200, counts(1, 0))];
    await clientOf().sendEvents('acme', [event]);
    expect(seen).toHaveLength(3);
    const gaps = seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(145);
    expect(gaps[0]).toBeLessThan(900);
    expect(gaps[1]).toBeGreaterThanOrEqual(995);
    expect(waits).toEqual(['the API answered 429', 'the API answered 503']);
  });

  it('tries again when the connection breaks', async () => {
    script = [(response) => void response.destroy(), json(200, counts(0, 1))];
    await expect(clientOf().sendEvents('acme', [event])).resolves.toMatchObject({ duplicate: 1 });
    expect(waits).toEqual(['the API does not answer']);
  });

  it('gives up when its patience ends, and says what it saw last', async () => {
    script = [json(503, { code: 'unavailable', title: 'The service cannot do this right now', detail: 'PostgreSQL is away', retry_after_ms: 60_000 })];
    await expect(clientOf({ patienceMs: 1_000 }).get('/x')).rejects.toThrow('GET /x was answered 503: The service cannot do this right now; PostgreSQL is away');
    await expect(new ApiClient({ url: 'http://127.0.0.1:9', token: '', patienceMs: 0 }).get('/x')).rejects.toThrow(/GET \/x: no answer from http:\/\/127\.0\.0\.1:9/);
  });

  it('never repeats what a repetition cannot help', async () => {
    script = [json(401, { code: 'unauthorized', title: 'A valid token is needed' })];
    await expect(clientOf().get('/x')).rejects.toMatchObject({ name: 'ApiError', status: 401 });
    expect(seen).toHaveLength(1);
  });

  it('tells events that were refused from a request that was', async () => {
    const rejected = [{ index: 0, id: '1', problem: { code: 'event_too_old', detail: 'too old' } }];
    script = [json(422, { accepted: 0, duplicate: 0, rejected, results: ['rejected'] }), json(422, { code: 'invalid', title: 'A value is not acceptable' })];
    await expect(clientOf().sendEvents('acme', [event])).resolves.toEqual({ accepted: 0, duplicate: 0, rejected });
    await expect(clientOf().sendEvents('acme', [event])).rejects.toMatchObject({ name: 'ApiError', status: 422 });
  });

  it('ends at once when it is told to', async () => {
    const abort = new AbortController();
    script = [json(503, { code: 'unavailable', retry_after_ms: 60_000 })];
    setTimeout(() => abort.abort(), 100);
    await expect(clientOf({ signal: abort.signal }).get('/x')).rejects.toThrow(/abort/i);
  });
});

describe('retryAfterMs', () => {
  it.each([
    [{}, undefined],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'retry-after': 'soon' }, undefined],
  ])('reads %j', (headers, expected) => expect(retryAfterMs(new Headers(headers as Record<string, string>), undefined)).toBe(expected));

  it('reads a date', () => {
    const wait = retryAfterMs(new Headers({ 'retry-after': new Date(Date.now() + 5_000).toUTCString() }), undefined);
    expect(wait).toBeGreaterThan(3_000);
    expect(wait).toBeLessThanOrEqual(5_000);
  });
});
