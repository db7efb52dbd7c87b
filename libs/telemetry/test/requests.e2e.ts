import { once } from 'node:events';
import { connect } from 'node:net';
import { text as allOf } from 'node:stream/consumers';
import { OtlpReceiver } from './otlp-receiver';
import { buildTelemetry, SpawnedApp, until, type LogLine } from './spawned-app';

const json = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('a request', () => {
  let otlp: OtlpReceiver, app: SpawnedApp;
  const linesOf = (request_id: string | null): Promise<LogLine[]> =>
    until(() => {
      const lines = app.lines().filter((line) => line['request_id'] === request_id);
      return lines.some(({ message }) => message === 'request completed') ? lines : undefined;
    });

  beforeAll(async () => {
    await buildTelemetry();
    otlp = await OtlpReceiver.start();
    app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}` });
    await app.url();
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    otlp.stop();
  }, 30_000);

  it('has its ids on every line that it causes, those of Nest included', async () => {
    const answer = await app.get('/play/ok');
    const lines = await linesOf(answer.headers.get('x-request-id'));
    expect(lines.map(({ logger }) => logger)).toEqual(['playground', 'PlayNest', 'http']);
    for (const line of lines) expect(line).toMatchObject({ trace_id: answer.headers.get('x-trace-id'), user_id: 'user-1', workspace_id: 'ws-1' });
  });

  it('keeps its context across the reading of a body', async () => {
    const answer = await app.get('/play/echo', { ...json({ a: 1 }), headers: { 'content-type': 'application/json', 'x-request-id': 'body-1' } });
    expect(await answer.json()).toEqual({ body: { a: 1 }, context: { request_id: 'body-1' } });
    expect((await linesOf('body-1')).map(({ message }) => message)).toEqual(['body read', 'request completed']);
  });

  it.each(['POST', 'DELETE', 'OPTIONS'])('refuses %s where only GET is answered, and says so', async (method) => {
    const answer = await app.get('/play/ok?a=1', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', status: 405, instance: '/play/ok' });
    expect((await app.get('/play/nowhere', { method })).status).toBe(404);
  });

  it.each([['well-formed.id-1', true], ['has space', false], ['x'.repeat(129), false]])('honours and echoes X-Request-ID %j: %s', async (given, honoured) => {
    const echoed = (await app.get('/play/ok', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(echoed === given).toBe(honoured);
    expect(echoed).toMatch(/^[\w.:~-]{1,128}$/);
  });

  it('continues the trace of its caller, and the operations inside are its children', async () => {
    const traceId = 'abcdefabcdefabcdefabcdefabcdefab';
    const answer = await app.get('/play/ok', { headers: { traceparent: `00-${traceId}-1234567890abcdef-01` } });
    expect(answer.headers.get('x-trace-id')).toBe(traceId);
    const spans = await until(() => {
      const found = otlp.spans.filter((span) => span.traceId === traceId);
      return found.length >= 2 ? found : undefined;
    });
    const server = spans.find(({ name }) => name === 'GET /play/ok');
    const operation = spans.find(({ name }) => name === 'calculate');
    expect(server).toMatchObject({ kind: 2, parentSpanId: '1234567890abcdef', attributes: { 'http.route': '/play/ok', 'user.id': 'user-1', workspace_id: 'ws-1' } });
    expect(operation).toMatchObject({ parentSpanId: server?.spanId, attributes: { size: 12 } });
    expect(JSON.stringify(operation)).not.toContain('not recorded');
  });

  it('names its route in its span only when there is one, and the type of a server error', async () => {
    const ids = await Promise.all(['/play/boom', '/nowhere/4711'].map(async (path) => (await app.get(path)).headers.get('x-trace-id')));
    const [boom, nowhere] = await until(() => {
      const found = ids.map((id) => otlp.spans.find(({ traceId, kind }) => traceId === id && kind === 2));
      return found.every(Boolean) ? found : undefined;
    });
    expect(boom).toMatchObject({ name: 'GET /play/boom', attributes: { 'http.route': '/play/boom', 'error.type': '500' } });
    expect(nowhere).toMatchObject({ name: 'GET', attributes: { 'http.response.status_code': 404 } });
    for (const name of ['http.route', 'error.type', 'url.path']) expect(nowhere?.attributes).not.toHaveProperty([name]);
  });

  it('records an error of an operation in its span', async () => {
    await app.get('/play/boom');
    const span = await until(() => otlp.spans.find(({ name }) => name === 'fail'));
    expect(span).toMatchObject({ status: { code: 2 }, events: [{ name: 'exception', attributes: { 'exception.message': 'operation failed' } }] });
  });

  it('gives a job and a socket message its own fields, metrics and trace', async () => {
    await app.get('/play/job?attempt=1');
    await app.get('/play/socket?type=whatever-a-client-says');
    const job = await until(() => app.lines().find(({ message }) => message === 'in the job'));
    expect(job).toMatchObject({ job_id: 'job-1', queue: 'rollup', request_id: 'from-a-request' });
    const message = await until(() => app.lines().find((line) => line.message === 'in the message'));
    expect(message).toMatchObject({ connection_id: 'connection-1', user_id: 'user-4', trace_id: '1'.repeat(32) });
    const text = await (await app.get('/metrics')).text();
    expect(text).toContain('background_jobs_total{queue="rollup",job_type="recompute",status="completed"} 1');
    expect(text).toContain('websocket_messages_total{direction="out",message_type="unknown"} 1');
  });

  it('that the client gives up counts as 499 and leaves nothing in progress', async () => {
    await app.get('/play/slow/2000', { signal: AbortSignal.timeout(100) }).catch(() => undefined);
    await until(async () => (await (await app.get('/metrics')).text()).includes('http_requests_total{method="GET",endpoint="/play/slow/:ms",status="499"} 1') || undefined);
    expect(await (await app.get('/metrics')).text()).toContain('http_requests_in_progress{method="GET",endpoint="/play/slow/:ms"} 0');
  });

  it.each([['expected', 503, 0], ['bug', 500, 1], ['never', 499, 0]] as const)('whose answer breaks off in the middle (%s) counts as %d', async (fail, status, errors) => {
    const request_id = `broken-${fail}`;
    const broken = app.get(`/play/broken-stream?fail=${fail}`, { headers: { 'x-request-id': request_id }, signal: AbortSignal.timeout(fail === 'never' ? 500 : 5_000) });
    await expect(broken.then((answer) => answer.text())).rejects.toThrow();
    const lines = await linesOf(request_id);
    expect(lines.at(-1)).toMatchObject({ message: 'request completed', endpoint: '/play/broken-stream', status });
    expect(lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(Array<string>(errors).fill('answer broke off'));
    expect(await (await app.get('/metrics')).text()).toContain(`http_requests_total{method="GET",endpoint="/play/broken-stream",status="${status}"} 1`);
  });

  it.each([
    ['whose headers are too long', `GET /play/ok HTTP/1.1\r\nHost: test\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, { status: 431, method: 'other', endpoint: 'unmatched' }],
    ['whose body is malformed', 'POST /play/echo HTTP/1.1\r\nHost: test\r\nx-request-id: cut-short\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n', { status: 400, method: 'POST', endpoint: '/play/echo', request_id: 'cut-short' }],
  ])('%s is refused with an id that is on one line, and counted', async (_which, sent, line) => {
    const socket = connect(Number(new URL(await app.url()).port), '127.0.0.1').on('error', () => undefined);
    socket.write(sent);
    const answer = await allOf(socket);
    const [, id = ''] = /"request_id":"([^"]+)"/.exec(answer) ?? [];
    expect(answer).toContain(`x-request-id: ${id}\r\n`);
    expect(await linesOf(id)).toMatchObject([{ message: 'request completed', request_id: id, ...line }]);
    expect(await (await app.get('/metrics')).text()).toContain(`http_requests_total{method="${line.method}",endpoint="${line.endpoint}",status="${line.status}"} 1`);
  });

  it('of a probe or a scrape makes no line, no span and no metric', async () => {
    for (const path of ['/health', '/live', '/ready', '/metrics', '/api/v1/metrics', '/metrics/cluster', '/health/detailed']) await app.get(path);
    const marker = await app.get('/play/ok');
    await linesOf(marker.headers.get('x-request-id'));
    await until(() => otlp.spans.find(({ traceId }) => traceId === marker.headers.get('x-trace-id')));
    const quiet = /^\/(health|live|ready|metrics|api\/v1\/metrics)/;
    expect(app.lines().filter((line) => quiet.test(String(line['endpoint'])))).toEqual([]);
    expect(otlp.spans.filter(({ attributes }) => quiet.test(String(attributes['http.route'])))).toEqual([]);
    expect(await (await app.get('/metrics')).text()).not.toMatch(/^http_requests_total.*endpoint="\/(health|metrics|ready)/m);
  });

  it('of a probe has its id on its problem', async () => {
    const refused = await app.get('/metrics', { headers: { 'x-request-id': 'scrape-1', 'x-forwarded-for': '8.8.8.8' } });
    expect([refused.status, refused.headers.get('x-request-id')]).toEqual([403, 'scrape-1']);
    expect(await refused.json()).toMatchObject({ code: 'forbidden', request_id: 'scrape-1' });
  });

  it('links its time to its trace when OpenMetrics is asked for', async () => {
    const answer = await app.get('/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } });
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await answer.text();
    expect(text).toMatch(/^http_request_duration_seconds_bucket\{.*endpoint="\/play\/ok".*\} \d+ # \{trace_id="[0-9a-f]{32}"\} [\d.e-]+ [\d.]+$/m);
    expect(text).toMatch(/^# TYPE http_requests counter$/m);
    expect(text.endsWith('# EOF\n')).toBe(true);
    const plain = await app.get('/metrics');
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toMatch(/^# TYPE http_requests_total counter$/m);
  });
});

describe('draining', () => {
  it('says "not ready" first, ends what runs, sends clients away, and exits with 0', async () => {
    await buildTelemetry();
    const app = await SpawnedApp.playground({ SHUTDOWN_GRACE_MS: '700' });
    expect((await app.get('/ready')).status).toBe(200);
    // As browsers and pools do: opened ahead, and nothing was ever asked on it.
    const silent = connect(Number(new URL(await app.url()).port), '127.0.0.1');
    await once(silent, 'connect');
    const running = app.get('/play/slow/1200');
    await until(async () => (await (await app.get('/metrics')).text()).includes('http_requests_in_progress{method="GET",endpoint="/play/slow/:ms"} 1') || undefined);
    const exit = app.stop();
    const ready = await until(async () => {
      const answer = await app.get('/ready');
      return answer.status === 503 ? answer : undefined;
    });
    expect(await ready.json()).toEqual({ status: 'draining' });
    expect(ready.headers.get('connection')).toBe('close');
    expect((await app.get('/play/ok')).status).toBe(200);
    expect(await (await running).text()).toBe('slow');
    expect(await exit).toBe(0);
    expect(app.lines().map(({ message }) => message)).toEqual(expect.arrayContaining(['draining', 'stopped']));
    expect(app.lines().map(({ message }) => message)).not.toContain('closing took too long');
    silent.destroy();
  }, 60_000);
});
