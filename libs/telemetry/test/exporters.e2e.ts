import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { BadReceiver } from './bad-receiver';
import { OtlpReceiver } from './otlp-receiver';
import { buildTelemetry, SpawnedApp, until } from './spawned-app';

const REQUESTS = 300;

async function dropped(app: SpawnedApp, signal: string): Promise<number> {
  const text = await (await app.get('/metrics')).text();
  const values = [...text.matchAll(new RegExp(`^telemetry_dropped_total{signal="${signal}",reason="(?!cardinality)\\w+"} (\\d+)`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Resident memory of the app, in MB. */
const residentMb = (app: SpawnedApp): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))?.[1]) / 1024;

/** How often the app has written to a file or socket. */
const writes = (app: SpawnedApp): number => Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${app.pid}/io`, 'utf8'))?.[1]);

async function answerTimes(app: SpawnedApp, path: string): Promise<number[]> {
  const times: number[] = [];
  for (let sent = 0; sent < REQUESTS; sent++) {
    const started = performance.now();
    await (await app.get(path)).arrayBuffer();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

describe.each(['down', 'hang', 'reset'] as const)('with receivers that are "%s"', (manner) => {
  it('answers as ever, counts what was dropped, and ends in time with exit code 0', async () => {
    await buildTelemetry();
    const [otlp, sentry] = await Promise.all([BadReceiver.start(manner), BadReceiver.start(manner)]);
    const app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}`, SENTRY_DSN: `http://key@127.0.0.1:${sentry.port}/1`, LOG_LEVEL: 'warn', LOG_LEVELS: 'process=info' });
    try {
      const times = await answerTimes(app, '/play/ok');
      expect(times[Math.floor(REQUESTS * 0.99)]).toBeLessThan(250);
      expect((await app.get('/play/boom')).status).toBe(500);
      expect((await app.get('/ready')).status).toBe(200);
      await until(async () => (await dropped(app, 'traces')) > 0 || undefined, 'no dropped span was counted', 15_000);
      await until(async () => (await dropped(app, 'errors')) > 0 || undefined, 'no dropped event was counted', 15_000);
      const detailed = (await (await app.get('/health/detailed')).json()) as { telemetry: Record<string, { status: string }> };
      expect(detailed.telemetry['traces']).toMatchObject({ status: 'failing' });
      const before = Date.now();
      expect(await app.stop()).toBe(0);
      expect(Date.now() - before).toBeLessThan(8_000);
    } finally {
      await app.stop();
      otlp.stop();
      sentry.stop();
    }
  }, 90_000);
});

describe('with a collector that refuses', () => {
  it('counts the spans, and delivers again when it accepts', async () => {
    await buildTelemetry();
    const otlp = await OtlpReceiver.start();
    otlp.refuse = true;
    const app = await SpawnedApp.playground({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp.port}` });
    try {
      await app.get('/play/ok');
      await until(async () => (await dropped(app, 'traces')) > 0 || undefined, 'no dropped span was counted', 15_000);
      otlp.refuse = false;
      await app.get('/play/ok');
      await until(() => otlp.spans.find(({ name }) => name === 'GET /play/ok'), 'no span came');
    } finally {
      expect(await app.stop()).toBe(0);
      otlp.stop();
    }
  }, 60_000);
});

describe('with a Sentry that is no use', () => {
  const withSentry = (sentry: BadReceiver): Promise<SpawnedApp> => SpawnedApp.playground({ SENTRY_DSN: `http://key@127.0.0.1:${sentry.port}/1`, SENTRY_TRACES_SAMPLE_RATE: '1' });

  it('tries it once a second with transactions, and with every error', async () => {
    await buildTelemetry();
    const sentry = await BadReceiver.start('reset');
    const app = await withSentry(sentry);
    try {
      await app.get('/play/ok');
      await until(async () => (await dropped(app, 'errors')) > 0 || undefined, 'no dropped transaction was counted');
      const [began, tried] = [performance.now(), sentry.connections];
      for (let sent = 0; sent < 40; sent++) await app.get('/play/ok');
      await pause(1_200);
      await app.get('/play/ok');
      await until(() => sentry.connections > tried || undefined, 'no other transaction was tried');
      expect(sentry.connections - tried).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 1_000));
      const before = sentry.connections;
      for (let sent = 0; sent < 20; sent++) await app.get('/play/boom');
      await until(() => sentry.connections - before >= 20 || undefined, 'an error was not tried');
    } finally {
      expect(await app.stop()).toBe(0);
      sentry.stop();
    }
  }, 60_000);

  it('waits for the end of an answer no longer than for its beginning', async () => {
    const sentry = await BadReceiver.start('halve');
    const app = await withSentry(sentry);
    try {
      // As many as there are connections at a time, and one.
      for (let sent = 0; sent < 31; sent++) await app.get('/play/boom');
      await until(() => sentry.connections > 30 || undefined, 'answers without an end held all connections', 10_000);
    } finally {
      expect(await app.stop()).toBe(0);
      sentry.stop();
    }
  }, 60_000);
});

describe('with a reader of stdout that hangs', () => {
  it('goes on answering in bounded memory, counts the lines that it drops, and ends in time with exit code 0', async () => {
    await buildTelemetry();
    const app = await SpawnedApp.playground();
    // What has been used once is not what a hanging reader costs.
    for (let asked = 0; asked < 4; asked++) expect((await app.get('/play/noise/4')).status).toBe(200);
    const resident = residentMb(app);
    app.stopReading();
    for (let asked = 0; asked < 16; asked++) expect((await app.get('/play/noise/4')).status).toBe(200);
    expect(await dropped(app, 'logs')).toBeGreaterThan(100);
    expect(residentMb(app) - resident).toBeLessThan(50);
    const times = await answerTimes(app, '/play/slow/0');
    expect(times[Math.floor(REQUESTS * 0.99)]).toBeLessThan(250);
    const before = Date.now();
    expect(await app.stop()).toBe(0);
    expect(Date.now() - before).toBeLessThan(8_000);
  }, 60_000);

  it('goes on when the reader is gone', async () => {
    const app = await SpawnedApp.playground();
    await app.url();
    app.closeReader();
    expect((await app.get('/play/noise/1')).status).toBe(200);
    await until(async () => (await dropped(app, 'logs')) > 0 || undefined, 'no dropped line was counted');
    const written = writes(app);
    for (let asked = 0; asked < REQUESTS; asked++) expect((await app.get('/play/ok')).status).toBe(200);
    // An answer is a write, and so is a line for which the log is tried.
    expect(writes(app) - written).toBeLessThan(1.5 * REQUESTS);
    expect(await app.stop()).toBe(0);
  }, 60_000);
});
