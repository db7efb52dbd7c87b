import { SentryReceiver } from './sentry-receiver';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

const settle = () => new Promise((resolve) => setTimeout(resolve, 400));

describe('error tracking', () => {
  let sentry: SentryReceiver, app: SpawnedApp;

  beforeAll(async () => {
    await buildTelemetry();
    sentry = await SentryReceiver.start();
    app = await SpawnedApp.playground({ SENTRY_DSN: sentry.dsn, SENTRY_TRACES_SAMPLE_RATE: '1', SENTRY_PROFILES_SAMPLE_RATE: '1' });
    await app.url();
  }, 60_000);
  beforeEach(() => void (sentry.items.length = 0));
  afterAll(async () => {
    await app.stop();
    sentry.stop();
  }, 30_000);

  it('sends one event for a bug in a request, with who, where and what happened before', async () => {
    const answer = await app.get('/play/boom', { headers: { 'x-request-id': 'boom-1' } });
    expect(answer.status).toBe(500);
    const problem = (await answer.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ type: 'https://docs.shadower.ai/errors/internal', status: 500, code: 'internal', instance: '/play/boom', request_id: 'boom-1' });
    expect(JSON.stringify(problem)).not.toContain('operation failed');
    const event = await until(() => sentry.events()[0]);
    await settle();
    expect(sentry.events()).toHaveLength(1);
    expect(event).toMatchObject({ environment: 'development', release: '4.5.6', transaction: '/play/boom', user: { id: 'user-2' }, tags: { route: '/play/boom', request_id: 'boom-1', workspace_id: 'ws-2' } });
    expect(event.exception?.values[0]?.type).toBe('TypeError');
    expect(event.contexts?.['trace']?.['trace_id']).toBe(problem['trace_id']);
    expect(event.breadcrumbs?.map(({ message }) => message)).toContain('about to fail');
    expect(event.user).not.toHaveProperty('ip_address');
    expect(app.lines().filter((line) => line['request_id'] === 'boom-1' && line.level === 'error')).toHaveLength(1);
  });

  it('sends one event for an answer that breaks off in the middle', async () => {
    await expect(app.get('/play/broken-stream', { headers: { 'x-request-id': 'broken-1' } }).then((answer) => answer.text())).rejects.toThrow();
    const event = await until(() => sentry.events()[0]);
    await settle();
    expect(sentry.events()).toHaveLength(1);
    expect(event).toMatchObject({ tags: { route: '/play/broken-stream', request_id: 'broken-1' }, exception: { values: [{ value: 'stream broke' }] } });
  });

  it('sends nothing for refusals: 404, bad JSON, a domain error with 503', async () => {
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect((await app.get('/nowhere')).status).toBe(404);
    expect((await app.get('/play/echo', { ...json, body: '{"a":' })).status).toBe(400);
    const expected = await app.get('/play/expected');
    expect([expected.status, expected.headers.get('retry-after'), expected.headers.get('content-type')]).toEqual([503, '2', 'application/problem+json; charset=utf-8']);
    expect(await expected.json()).toMatchObject({ code: 'unavailable', title: 'Not now', detail: 'try later', retry_after_ms: 1500 });
    await settle();
    expect(sentry.events()).toEqual([]);
  });

  it('reports a failing job once, when no attempt is left', async () => {
    await app.get('/play/job?attempt=1&fail=bug');
    await app.get('/play/job?attempt=3&fail=expected');
    await settle();
    expect(sentry.events()).toEqual([]);
    await app.get('/play/job?attempt=3&fail=bug');
    const event = await until(() => sentry.events()[0]);
    await settle();
    expect(sentry.events()).toHaveLength(1);
    expect(event.tags).toMatchObject({ job_id: 'job-1', queue: 'rollup', request_id: 'from-a-request' });
  });

  it('reports a failing socket message once', async () => {
    await app.get('/play/socket?type=ev&fail=bug');
    const event = await until(() => sentry.events()[0]);
    await settle();
    expect(sentry.events()).toHaveLength(1);
    expect(event).toMatchObject({ tags: { connection_id: 'connection-1' }, user: { id: 'user-4' }, contexts: { trace: { trace_id: '1'.repeat(32) } } });
  });

  it('reports what the code caught itself, and not what was expected', async () => {
    await app.get('/play/caught');
    await until(() => sentry.events()[0]);
    await settle();
    expect(sentry.events().map((event) => event.exception?.values[0]?.value)).toEqual(['caught and reported']);
  });

  it('gets transactions from the one tracer provider', async () => {
    const answer = await app.get('/play/ok');
    const transaction = await until(() => sentry.transactions().find((each) => each.contexts?.['trace']?.['trace_id'] === answer.headers.get('x-trace-id')));
    expect(transaction.spans?.map(({ description }) => description)).toContain('calculate');
  });

  it('gets profiles of sampled transactions', async () => {
    await app.get('/play/slow/300');
    await until(() => sentry.items.find(({ type }) => type === 'profile'));
  }, 20_000);

  it('logs and reports an error that nobody caught, once, and ends with exit code 1', async () => {
    const doomed = await SpawnedApp.playground({ SENTRY_DSN: sentry.dsn });
    await doomed.get('/play/stray').catch(() => undefined);
    expect(await doomed.ended()).toBe(1);
    expect(sentry.events().map((event) => event.exception?.values[0]?.value)).toEqual(['nobody catches this']);
    expect(doomed.lines().filter(({ level }) => level === 'fatal')).toHaveLength(1);
  }, 30_000);
});
