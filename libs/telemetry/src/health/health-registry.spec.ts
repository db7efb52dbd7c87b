import { DependencyUnknown, HealthRegistry } from './health-registry';

const never = () => new Promise<void>(() => undefined);

describe('HealthRegistry', () => {
  it('asks a dependency at most once a second, however many want to know', async () => {
    const health = new HealthRegistry();
    let asked = 0;
    health.register({ name: 'db', criticality: 'required', check: async () => ({ asked: ++asked }) });
    const results = await Promise.all([health.probe('db', 0), health.probe('db', 999)]);
    expect(results.map(({ facts }) => facts)).toEqual([{ asked: 1 }, { asked: 1 }]);
    expect((await health.probe('db', 1_000)).facts).toEqual({ asked: 2 });
  });

  it('calls a check down that throws or that takes over a second', async () => {
    const health = new HealthRegistry();
    health.register({ name: 'broken', criticality: 'required', check: () => Promise.reject(new Error('ECONNREFUSED redis://:hunter22@cache')) });
    health.register({ name: 'stuck', criticality: 'optional', check: never });
    health.register({ name: 'thrower', criticality: 'optional', check: () => { throw new Error('sync'); } });
    health.register({ name: 'hidden', criticality: 'optional', check: () => Promise.reject(new DependencyUnknown('nobody can tell')) });
    expect(await health.probe('hidden', 0)).toMatchObject({ status: 'unknown', error: 'nobody can tell' });
    expect(await health.probe('broken', 0)).toMatchObject({ status: 'down', error: 'ECONNREFUSED redis://[redacted]@cache' });
    expect(await health.probe('thrower', 0)).toMatchObject({ status: 'down', error: 'sync' });
    expect(await health.probe('stuck', 0)).toMatchObject({ status: 'down', error: 'no answer within 1000 ms', criticality: 'optional' });
  });

  it('knows which are required', () => {
    const health = new HealthRegistry();
    health.register({ name: 'a', criticality: 'required', check: never });
    health.register({ name: 'b', criticality: 'optional', check: never });
    expect([health.names(), health.names('required')]).toEqual([['a', 'b'], ['a']]);
  });
});
