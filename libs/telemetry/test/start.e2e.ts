import { buildTelemetry, SpawnedApp, until } from './spawned-app';

const app = (provider: string): string => `
import '@shadower/telemetry/start';
import { bootstrap, getLogger, HealthRegistry, TelemetryModule } from '@shadower/telemetry';
import { Injectable, Module } from '@nestjs/common';
@Injectable() class Store { ${provider} }
@Module({ imports: [TelemetryModule.forRoot()], providers: [Store] }) class AppModule {}
void bootstrap(AppModule, { port: 0, host: '127.0.0.1' });
`;

describe('a start', () => {
  beforeAll(buildTelemetry, 60_000);

  it('that fails is told once, as JSON, without secrets, and ends with exit code 1', async () => {
    const failing = await SpawnedApp.start(app(`constructor() { throw new Error('cannot reach postgres://app:hunter22@db/x'); }`));
    expect(await failing.ended()).toBe(1);
    expect(failing.output + failing.errors).not.toContain('hunter22');
    expect(failing.errors).toBe('');
    const written = failing.output.trim().split('\n').map((line) => JSON.parse(line) as { level: string; error?: { message: string } });
    expect(written.filter(({ error }) => error).map(({ level, error }) => [level, error?.message])).toEqual([['fatal', 'cannot reach postgres://[redacted]@db/x']]);
  }, 30_000);

  it('that is told to end ends as soon as it has come up, without grace, and never says that it is ready', async () => {
    const slow = `
      constructor(private readonly health: HealthRegistry) {}
      async onApplicationBootstrap() { getLogger('store').info({}, 'opening'); await new Promise((resolve) => setTimeout(resolve, 1_000)); }
      beforeApplicationShutdown() { getLogger('store').info({ phase: this.health.phase }, 'closing'); }`;
    const told = await SpawnedApp.start(app(slow), { SHUTDOWN_GRACE_MS: '5000' });
    await until(() => told.lines().find(({ message }) => message === 'opening'), () => told.output + told.errors);
    const before = Date.now();
    expect(await told.stop()).toBe(0);
    expect(Date.now() - before).toBeLessThan(4_500);
    expect(told.lines().find(({ message }) => message === 'closing')).toMatchObject({ phase: 'draining' });
    expect(told.lines().map(({ message }) => message)).toContain('stopped');
  }, 30_000);
});
