import { buildTelemetry, SpawnedApp } from './spawned-app';

const app = (provider: string): string => `
import '@shadower/telemetry/start';
import { bootstrap, TelemetryModule } from '@shadower/telemetry';
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
});
