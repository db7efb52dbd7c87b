import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver';
import { SentryReceiver } from './sentry-receiver';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

const SOURCE = `
import '@shadower/telemetry/start';
import { Client } from 'pg';
import Redis from 'ioredis';
import { bootstrap, getLogger, TelemetryModule } from '@shadower/telemetry';
import { Controller, Get, Module } from '@nestjs/common';
@Controller() class Feature {
  @Get('all') async all() {
    const client = new Client(process.env.POSTGRES_URL);
    await client.connect();
    await client.query('select $1::text as mail', ['canary0@example.com']);
    await client.end();
    const redis = new Redis(process.env.REDIS_URL!);
    await redis.set('canary0key', 'canary0value', 'EX', 5);
    redis.disconnect();
    await (await fetch(process.env.MAIN_APP_URL + '?token=canary0token&sig=canary0signature&canary0alone', { headers: { authorization: 'Bearer canary0bearer' } })).text();
    return 'done';
  }
  @Get('fails') async fails() {
    getLogger('feature').info({}, 'about to ask');
    const client = new Client(process.env.POSTGRES_URL);
    await client.connect();
    try {
      await client.query('select $1::text as breadcrumb', ['canary0crumb']);
    } finally {
      await client.end();
    }
    throw new Error('after the question');
  }
}
@Module({ imports: [TelemetryModule.forRoot()], controllers: [Feature] }) class AppModule {}
void bootstrap(AppModule, { port: 0, host: '127.0.0.1' });
`;

describe('what a request asks of others', () => {
  let otlp: OtlpReceiver, sentry: SentryReceiver, mainApp: Server, app: SpawnedApp;
  let traceparent: string | undefined;

  beforeAll(async () => {
    await buildTelemetry();
    [otlp, sentry] = await Promise.all([OtlpReceiver.start(), SentryReceiver.start()]);
    mainApp = createServer((request, response) => {
      traceparent = (request.headers['traceparent'] as string | undefined) ?? traceparent;
      response.end('ok');
    });
    await new Promise<void>((resolve) => mainApp.listen(0, '127.0.0.1', resolve));
    const env = { POSTGRES_URL: process.env.TEST_POSTGRES_ADMIN_URL as string, REDIS_URL: process.env.TEST_REDIS_URL as string, MAIN_APP_URL: `http://127.0.0.1:${(mainApp.address() as AddressInfo).port}/health` };
    app = await SpawnedApp.start(SOURCE, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}`, SENTRY_DSN: sentry.dsn });
  }, 90_000);
  afterAll(async () => {
    await app.stop();
    otlp.stop();
    sentry.stop();
    mainApp.close();
  }, 30_000);

  it('is one trace: PostgreSQL, Redis and outgoing HTTP, without values, keys or tokens', async () => {
    const answer = await app.get('/all');
    expect(await answer.text()).toBe('done');
    const traceId = answer.headers.get('x-trace-id') as string;
    const spans = await until(() => {
      const found = otlp.spans.filter((span) => span.traceId === traceId);
      return found.some(({ name }) => name === 'GET /all') ? found : undefined;
    });
    const server = spans.find(({ name }) => name === 'GET /all') as ReceivedSpan;
    const names = spans.filter(({ parentSpanId }) => parentSpanId === server.spanId).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^pg\.query/), 'set', 'GET']));
    expect(traceparent).toContain(traceId);
    const attributes = spans.map((span) => span.attributes);
    expect(attributes).toContainEqual(expect.objectContaining({ 'db.system.name': 'postgresql', 'db.query.text': 'select $1::text as mail', 'server.address': expect.any(String) }));
    expect(attributes).toContainEqual(expect.objectContaining({ 'db.system.name': 'redis', 'db.query.text': 'set', 'server.address': expect.any(String) }));
    expect(attributes).toContainEqual(expect.objectContaining({ 'url.query': '?token=[redacted]&sig=[redacted]&[redacted]' }));
    expect(JSON.stringify(spans)).not.toMatch(/"db\.statement"|"net\.peer\.|"db\.system"/);
    expect(otlp.raw + JSON.stringify(otlp.spans)).not.toMatch(/canary0/);
  }, 30_000);

  it('leads to its error: lines and statements are the breadcrumbs of the report, without values', async () => {
    expect((await app.get('/fails')).status).toBe(500);
    const { breadcrumbs } = await until(() => sentry.events()[0]);
    const crumbs = breadcrumbs?.map(({ category, message }) => [category, message]);
    expect(crumbs).toEqual(expect.arrayContaining([['log', 'about to ask'], ['query', 'select $1::text as breadcrumb']]));
    expect(JSON.stringify(breadcrumbs)).not.toContain('canary0');
  }, 30_000);

  it('is timed by target, and the Main App is a dependency that may fail', async () => {
    expect(await (await app.get('/metrics')).text()).toMatch(/^external_request_duration_seconds_count\{target="main_app",status_class="2xx"\} 1$/m);
    expect(await (await app.get('/health/detailed')).json()).toMatchObject({ status: 'ok', checks: { main_app: { status: 'up', criticality: 'optional' } } });
    mainApp.close();
    mainApp.closeAllConnections();
    await until(async () => ((await (await app.get('/health/detailed')).json()) as { status: string }).status === 'degraded' || undefined);
    expect((await app.get('/ready')).status).toBe(200);
  }, 30_000);
});
