import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OtlpReceiver } from './otlp-receiver';
import { selfSignedCertificate } from './self-signed-certificate';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

describe('spans', () => {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  const { key, certificate } = selfSignedCertificate();
  const authority = join(folder, 'authority.pem');
  let collector: OtlpReceiver;
  let app: SpawnedApp | undefined;

  beforeAll(async () => {
    await buildTelemetry();
    writeFileSync(authority, certificate);
    collector = await OtlpReceiver.start({ key, certificate });
  }, 60_000);
  beforeEach(() => void (collector.spans.length = 0));
  afterEach(() => app?.stop(), 30_000);
  afterAll(() => {
    collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const tracesDropped = async (): Promise<boolean> => /^telemetry_dropped_total\{signal="traces",reason="export_failed"\} [1-9]/m.test(await (await (app as SpawnedApp).get('/metrics')).text());
  const traceOf = async (): Promise<string> => (await (app as SpawnedApp).get('/play/ok')).headers.get('x-trace-id') as string;

  it.each(['localhost', 'https://localhost'])('go over TLS to %s when the certificate is trusted', async (host) => {
    app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `${host}:${collector.port}`, OTEL_EXPORTER_OTLP_CERTIFICATE: authority });
    const traceId = await traceOf();
    const span = await until(() => collector.spans.find((each) => each.traceId === traceId && each.name === 'GET /play/ok'), 'no span came', 20_000);
    expect(span.resource).toMatchObject({ 'service.name': 'fourth-app' });
  }, 60_000);

  it.each([
    ['whose certificate nobody vouches for', {}],
    ['that is spoken to in plain text', { OTEL_EXPORTER_INSECURE: 'true', OTEL_EXPORTER_OTLP_CERTIFICATE: authority }],
  ])('are not given to a collector %s; they are counted as dropped', async (_which, env) => {
    app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `localhost:${collector.port}`, ...env });
    await traceOf();
    await until(async () => (await tracesDropped()) || undefined, 'no dropped span was counted', 20_000);
    expect(collector.spans).toEqual([]);
  }, 60_000);

  it('are printed when the environment says so, beside the log lines', async () => {
    app = await SpawnedApp.playground({ OTEL_CONSOLE_EXPORT: 'true' });
    const traceId = await traceOf();
    const printed = () => (app as SpawnedApp).output;
    await until(() => (printed().includes("name: 'GET /play/ok'") && printed().includes(`traceId: '${traceId}'`)) || undefined, printed);
    await until(() => (app as SpawnedApp).lines().some((line) => line['trace_id'] === traceId && line.logger === 'http') || undefined, printed);
  }, 60_000);
});
