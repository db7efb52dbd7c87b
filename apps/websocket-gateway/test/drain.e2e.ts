import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { TestGateway } from './gateway';

describe('a gateway that goes away', () => {
  let database: TestDatabase;
  let redisUrl: string;

  beforeAll(async () => {
    [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
  });
  afterAll(() => database.drop());

  it('says good-bye with a time to come back, closes with 1001, and another takes over without a hole', async () => {
    const [leaving, staying] = await Promise.all([TestGateway.start({ databaseUrl: database.url, redisUrl }), TestGateway.start({ databaseUrl: database.url, redisUrl })]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => leaving.connect('acme')));
    const answers = await Promise.all(clients.map((client) => client.subscribe('alerts')));
    const stopped = leaving.stop();
    const waits = await Promise.all(clients.map(async (client) => (await client.next('bye')).retry_ms));
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect(await Promise.all(clients.map((client) => client.closed))).toEqual(clients.map(() => ({ code: 1001, reason: 'drain' })));
    await stopped;
    await staying.publish('acme', { ch: 'alerts', data: { n: 1 } });
    const back = await staying.connect('acme');
    const { epoch, offset } = answers[0]!;
    expect(await back.subscribe('alerts', { epoch, offset })).toMatchObject({ recovered: true });
    expect(await back.next('ev')).toMatchObject({ data: { n: 1 } });
    back.close();
    await staying.stop();
  });

  it('does not wait for a client that answers nothing', async () => {
    const gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl });
    const client = await gateway.connect('acme');
    client.socket.pause();
    const begun = Date.now();
    await gateway.stop();
    expect(Date.now() - begun).toBeLessThan(4_000);
    client.close();
  });
});
