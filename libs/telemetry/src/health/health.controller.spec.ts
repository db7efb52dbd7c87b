import { Test } from '@nestjs/testing';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TelemetryModule } from '../telemetry.module';
import { DependencyUnknown, HealthRegistry } from './health-registry';

describe('health', () => {
  let app: NestFastifyApplication;
  let health: HealthRegistry;
  const up = { store: true, extra: true };
  const check = (name: keyof typeof up) => async () => {
    if (!up[name]) throw new Error('password=hunter22');
    return { rows: 7 };
  };

  beforeEach(async () => {
    Object.assign(up, { store: true, extra: true });
    const checks = [
      { name: 'store', criticality: 'required' as const, check: check('store') },
      { name: 'extra', criticality: 'optional' as const, check: check('extra') },
    ];
    const module = await Test.createTestingModule({ imports: [TelemetryModule.forRoot({ checks })] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await app.init();
    health = app.get(HealthRegistry);
    health.phase = 'serving';
  });
  afterEach(() => app.close());

  const get = async (path: string, headers = {}) => {
    const { statusCode, body } = await app.inject({ method: 'GET', url: path, headers });
    return { statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };

  it('/health and /live ask nobody', async () => {
    Object.assign(up, { store: false });
    expect(await get('/health')).toMatchObject({ statusCode: 200, body: { status: 'ok', uptime: expect.any(Number) } });
    expect((await get('/live')).statusCode).toBe(200);
  });

  it.each(['starting', 'draining'] as const)('/ready is 503 while %s', async (phase) => {
    health.phase = phase;
    expect(await get('/ready')).toEqual({ statusCode: 503, body: { status: phase } });
  });

  it('/ready depends on what is required and on nothing else', async () => {
    up.extra = false;
    expect((await get('/ready')).statusCode).toBe(200);
  });

  it('/ready is 503 when something required is down', async () => {
    up.store = false;
    expect(await get('/ready')).toEqual({ statusCode: 503, body: { status: 'unhealthy', down: ['store'] } });
  });

  it('/ready asks again after a second, also when the clock was set back by an hour', async () => {
    expect((await get('/ready')).statusCode).toBe(200);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() - 3_600_000);
    up.store = false;
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect((await get('/ready')).statusCode).toBe(503);
    clock.mockRestore();
  });

  it('/health/detailed shows all, with facts', async () => {
    expect(await get('/health/detailed')).toMatchObject({ statusCode: 200, body: { status: 'ok', phase: 'serving', checks: { store: { status: 'up', criticality: 'required', rows: 7, latency_ms: expect.any(Number) }, extra: { status: 'up' } }, telemetry: { traces: { status: 'unused' } } } });
  });

  it('an optional dependency that is down degrades; a required one fails', async () => {
    up.extra = false;
    expect(await get('/health/detailed')).toMatchObject({ statusCode: 200, body: { status: 'degraded', checks: { extra: { status: 'down', error: 'password=[redacted]' } } } });
    up.store = false;
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await get('/health/detailed')).toMatchObject({ statusCode: 503, body: { status: 'unhealthy' } });
  });

  it('what cannot be found out is neither up nor down and changes nothing else', async () => {
    health.register({ name: 'peer', criticality: 'optional', check: () => Promise.reject(new DependencyUnknown('Redis is away')) });
    expect(await get('/health/detailed')).toMatchObject({ statusCode: 200, body: { status: 'ok', checks: { peer: { status: 'unknown', criticality: 'optional', error: 'Redis is away' }, store: { status: 'up' } } } });
    up.extra = false;
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await get('/health/detailed')).toMatchObject({ body: { status: 'degraded', checks: { peer: { status: 'unknown' }, extra: { status: 'down' } } } });
  });

  it('a stranger sees what is up and what is down, but neither facts nor errors', async () => {
    up.extra = false;
    const { body } = await get('/health/detailed', { 'x-forwarded-for': '1.2.3.4' });
    expect(body).not.toHaveProperty('telemetry');
    expect(body['checks']).toEqual({ store: { status: 'up', criticality: 'required', latency_ms: expect.any(Number) }, extra: { status: 'down', criticality: 'optional', latency_ms: expect.any(Number) } });
  });
});
