import { readMetric } from '@shadower/telemetry/testing';
import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import type { LiveClient } from './client';
import { TestGateway } from './gateway';

const FRAME_BYTES = 50_000;
/** More than the buffers of both kernels hold (some 10 MB), so that the rest waits in the gateway. */
const FRAMES = 400;
const filler = 'x'.repeat(FRAME_BYTES);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const tooSlow = () => readMetric('websocket_connections_total', { result: 'closed', reason: 'slow_consumer' });

describe('a client that does not read', () => {
  let database: TestDatabase;
  let gateway: TestGateway;

  const subscribed = async (): Promise<LiveClient> => {
    const client = await gateway.connect('acme');
    await client.subscribe('exports');
    return client;
  };
  const publishAll = async (): Promise<void> => {
    for (let n = 0; n < FRAMES; n += 1) await gateway.publish('acme', { ch: 'exports', data: { n, filler } });
  };
  /** Every event in order, whatever answers to a re-opening stand between them. */
  const readAll = async (client: LiveClient): Promise<void> => {
    for (let expected = 0; expected < FRAMES; ) {
      const frames = await client.during(20);
      for (const frame of frames) {
        if (frame.type === 'sub.ok' && frame.recovered) continue;
        expect(frame).toMatchObject({ type: 'ev', data: { n: expected } });
        expected += 1;
      }
    }
  };

  beforeAll(async () => {
    database = await freshDatabase();
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl: await redisDatabase() });
  });
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  it('is cut off after 5 s, and the others get everything meanwhile', async () => {
    const [stopped, ...others] = await Promise.all([subscribed(), subscribed(), subscribed(), subscribed()]);
    stopped!.socket.pause();
    const before = await tooSlow();
    await Promise.all([publishAll(), ...others.map(readAll)]);
    expect(await tooSlow()).toBe(before);
    for (let waited = 0; (await tooSlow()) === before && waited < 10_000; waited += 100) await sleep(100);
    expect(await tooSlow()).toBe(before + 1);
    others.forEach((client) => client.send({ type: 'ping' }));
    await Promise.all(others.map((client) => client.next('pong')));
    [stopped!, ...others].forEach((client) => client.close());
  }, 60_000);

  it('misses nothing when it reads again in time', async () => {
    const client = await subscribed();
    client.socket.pause();
    await publishAll();
    await sleep(1_000);
    client.socket.resume();
    await readAll(client);
    client.close();
  }, 60_000);
});
