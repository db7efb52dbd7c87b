import fc from 'fast-check';
import { OtlpReceiver } from './otlp-receiver';
import { SentryReceiver } from './sentry-receiver';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

const ENV_SECRET = 'canary0env0token0of0operators';
/** Without it nothing reads a `tracestate`. */
const TRACEPARENT = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
const SEED = Number(process.env.SEED ?? Date.now());

/** Long enough never to appear by chance, and of every kind of character that a secret may have in a URL. */
const canary = fc.string({ unit: fc.constantFrom(...'abcdefghjkmnpqrstuvwxyzABCDEFGH23456789-._~'), minLength: 16, maxLength: 40 }).map((text) => `canary0${text.replace(/^[-._~]+|[-._~]+$/g, 'x')}`);

describe('secrets', () => {
  let otlp: OtlpReceiver, sentry: SentryReceiver, app: SpawnedApp;
  const planted: string[] = [];
  const everything = async (): Promise<[string, string][]> => [
    ['stdout', app.output + app.errors],
    ['spans', otlp.raw + JSON.stringify(otlp.spans)],
    ['Sentry', sentry.raw],
    ['metrics', await (await app.get('/metrics', { headers: { authorization: `Bearer ${ENV_SECRET}` } })).text()],
  ];

  beforeAll(async () => {
    await buildTelemetry();
    [otlp, sentry] = await Promise.all([OtlpReceiver.start(), SentryReceiver.start()]);
    const dsn = sentry.dsn.replace('publickey', 'canary0dsn0key');
    app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}`, SENTRY_DSN: dsn, SENTRY_TRACES_SAMPLE_RATE: '1', OPS_TOKEN: ENV_SECRET, LOG_LEVEL: 'debug' });
    await app.url();
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    otlp.stop();
    sentry.stop();
  }, 30_000);

  it(`of headers, bodies, queries, paths, error causes and the environment appear in no signal (seed ${SEED})`, async () => {
    const oneLeak = fc.asyncProperty(canary, async (secret) => {
      planted.push(secret);
      const headers = { authorization: `Bearer ${secret}`, cookie: `session=${secret}`, 'x-api-key': secret, 'x-anything': secret, 'user-agent': secret, baggage: `k=${secret}`, traceparent: TRACEPARENT, tracestate: `v=${secret}` };
      const json = { ...headers, 'content-type': 'application/json' };
      const answers = await Promise.all([
        app.get('/play/leak', { method: 'POST', headers: json, body: JSON.stringify({ secret }) }),
        app.get(`/play/boom?token=${secret}&anything=${secret}`, { headers }),
        app.get(`/nowhere/${secret}?q=${secret}`, { headers }),
        app.get('/play/echo', { method: 'POST', headers: json, body: `{"broken": "${secret}` }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([500, 500, 404, 400]);
      expect(await answers[0].text()).not.toContain(secret);
    });
    await fc.assert(oneLeak, { seed: SEED, numRuns: 30, endOnFailure: true });
    expect((await app.get('/play/env-leak')).status).toBe(500);
    await until(() => (sentry.events().length >= 61 && otlp.spans.filter(({ name }) => name.startsWith('POST')).length >= 60 ? true : undefined), () => `${sentry.events().length} events, ${otlp.spans.length} spans`);
    const found = (await everything()).flatMap(([signal, text]) => [...planted, ENV_SECRET, 'canary0dsn0key'].filter((secret) => text.includes(secret)).map((secret) => [signal, secret, text.slice(Math.max(0, text.indexOf(secret) - 80), text.indexOf(secret) + 60)]));
    // Sentry's own protocol names the public key of the DSN in the header of each envelope.
    expect(found.filter(([signal, secret]) => !(signal === 'Sentry' && secret === 'canary0dsn0key'))).toEqual([]);
  }, 60_000);

  it('are replaced, not the lines that held them', async () => {
    const lines = app.lines().filter(({ logger }) => logger === 'playground');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines[0]).toMatchObject({ password: '[redacted]', token: '[redacted]', deep: [{ headers: { authorization: '[redacted]', cookie: '[redacted]' } }] });
    expect(lines[0]?.message).toContain('postgres://[redacted]@db/x');
  });
});
