import { OtlpReceiver } from './otlp-receiver';
import { SentryReceiver } from './sentry-receiver';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

/** All that an app needs to be observable. */
const FIVE_LINES = `
import '@shadower/telemetry/start';
import { bootstrap, TelemetryModule } from '@shadower/telemetry';
import { Module } from '@nestjs/common';
@Module({ imports: [TelemetryModule.forRoot()], controllers: [Feature] }) class AppModule {}
void bootstrap(AppModule, { port: 0, host: '127.0.0.1' });
`;
const FEATURE = `import { Controller, Get } from '@nestjs/common';
@Controller() class Feature { @Get('fine') fine() { return 'fine'; } @Get('broken') broken() { throw new Error('feature broke'); } }`;

describe('an app outside of the repository, with five lines of telemetry', () => {
  let otlp: OtlpReceiver, sentry: SentryReceiver, app: SpawnedApp;

  beforeAll(async () => {
    await buildTelemetry();
    [otlp, sentry] = await Promise.all([OtlpReceiver.start(), SentryReceiver.start()]);
    app = await SpawnedApp.start(FEATURE + FIVE_LINES, { OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${otlp.port}`, OTEL_EXPORTER_INSECURE: 'true', SENTRY_DSN: sentry.dsn, APP_ENV: 'staging' });
    expect((await app.get('/fine')).status).toBe(200);
    expect((await app.get('/broken')).status).toBe(500);
  }, 60_000);

  afterAll(() => {
    otlp.stop();
    sentry.stop();
  });

  it('logs JSON lines with service, environment, version and the ids of the request', async () => {
    const line = await until(() => app.lines().find((each) => each['endpoint'] === '/fine'));
    expect(line).toMatchObject({ level: 'info', logger: 'http', message: 'request completed', service: 'fourth-app', environment: 'staging', version: '4.5.6', method: 'GET', status: 200 });
    expect(line['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(line['trace_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(line['request_id']).toBeTruthy();
  });

  it('serves metrics', async () => {
    const text = await (await app.get('/metrics')).text();
    expect(text).toContain('http_requests_total{method="GET",endpoint="/fine",status="200"} 1');
    expect(text).toContain('build_info{service="fourth-app",version="4.5.6",environment="staging",revision="unknown"} 1');
  });

  it('exports spans with its resource to a scheme-less collector', async () => {
    const span = await until(() => otlp.spans.find(({ name }) => name === 'GET /fine'));
    expect(span.resource).toMatchObject({ 'service.name': 'fourth-app', 'service.version': '4.5.6', 'deployment.environment.name': 'staging' });
    expect(span.resource['service.instance.id']).toBeTruthy();
    expect(span.attributes).toMatchObject({ 'http.route': '/fine', 'http.response.status_code': 200 });
  });

  it('reports the bug to Sentry, tied to its trace', async () => {
    const event = await until(() => sentry.events()[0]);
    expect(event).toMatchObject({ environment: 'staging', release: '4.5.6', tags: { route: '/broken' } });
    expect(event.exception?.values[0]).toMatchObject({ type: 'Error', value: 'feature broke' });
    const line = app.lines().find((each) => each['endpoint'] === '/broken');
    expect(event.contexts?.['trace']?.['trace_id']).toBe(line?.['trace_id']);
  });

  it('answers health probes', async () => {
    for (const path of ['/health', '/live', '/ready', '/health/detailed']) expect((await app.get(path)).status).toBe(200);
    expect(await (await app.get('/health')).json()).toMatchObject({ status: 'ok', service: 'fourth-app', version: '4.5.6' });
  });

  it('ends with exit code 0 on SIGTERM', async () => {
    expect(await app.stop()).toBe(0);
  });
});
