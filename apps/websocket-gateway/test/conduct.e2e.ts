import { freshDatabase, redisDatabase, type TestDatabase } from '@shadower/tools/testing';
import { LiveClient } from './client';
import { TestGateway } from './gateway';

const HEARTBEAT_MS = 400;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('how clients must behave', () => {
  let database: TestDatabase;
  let gateway: TestGateway;
  const clients: LiveClient[] = [];

  const join = async (options = {}): Promise<LiveClient> => {
    const client = new LiveClient(gateway.url(`?ticket=${await gateway.ticket('acme')}`), options);
    clients.push(client);
    await client.next('hello');
    return client;
  };

  beforeAll(async () => {
    database = await freshDatabase();
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl: await redisDatabase(), heartbeatMs: HEARTBEAT_MS });
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(async () => {
    await gateway.stop();
    await database.drop();
  });

  it.each([
    ['text that is not JSON', 'hello?', false],
    ['an array', '[]', false],
    ['a binary frame', Buffer.from('{"type":"ping"}'), true],
    ['nothing', '', false],
    ['ten thousand levels', '['.repeat(10_000), false],
  ])('closes as another protocol on %s', async (_, data, binary) => {
    const client = await join();
    client.socket.send(data, { binary });
    expect(await client.next('err')).toMatchObject({ problem: { code: 'bad_request' } });
    expect(await client.closed).toEqual({ code: 4400, reason: 'protocol' });
  });

  it('closes on a frame over 64 KiB, in one piece or in many, and on invalid UTF-8', async () => {
    const [one, many, broken] = [await join(), await join(), await join()];
    one.socket.send(JSON.stringify({ type: 'ping', filler: 'x'.repeat(65_536) }));
    for (let n = 0; n < 20; n += 1) many.socket.send('x'.repeat(4_000), { fin: false });
    broken.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect((await one.closed).code).toBe(1009);
    expect((await many.closed).code).toBe(1009);
    expect((await broken.closed).code).toBe(1007);
  });

  it('understands a message in fragments', async () => {
    const client = await join();
    client.socket.send('{"type":', { fin: false });
    client.socket.send('"ping"}', { fin: true });
    await client.next('pong');
  });

  it('names what is wrong with a message and goes on', async () => {
    const client = await join();
    const wrong: [object, string][] = [
      [{ type: 'sub', id: 'a', ch: 'everything' }, 'invalid'],
      [{ type: 'sub', id: 'x'.repeat(65), ch: 'metrics' }, 'invalid'],
      [{ type: 'sub', id: 'a', ch: 'metrics', since: { epoch: 'e', offset: '1; DROP' } }, 'invalid'],
      [{ type: 'sub', id: 'a', ch: 'metrics', admin: true }, 'invalid'],
      [{ type: 'hello' }, 'invalid'],
      [{}, 'invalid'],
      [{ type: 'unsub', id: 'never' }, 'not_found'],
    ];
    for (const [message, code] of wrong) {
      client.send(message);
      expect(await client.next('err')).toMatchObject({ problem: { code } });
    }
    await client.subscribe('alerts');
    client.send({ type: 'sub', id: 'again', ch: 'alerts' });
    expect(await client.next('err')).toMatchObject({ id: 'again', problem: { code: 'conflict' } });
  });

  it('sends a flood away, whatever the frames are, and nobody else', async () => {
    const [talker, subscriber, pinger, ponger, neighbour] = await Promise.all([join(), join(), join(), join(), join()]);
    for (let n = 0; n < 500; n += 1) talker.send({ type: 'ping' });
    for (let n = 0; n < 500; n += 1) subscriber.send(n % 2 ? { type: 'unsub', id: 'a' } : { type: 'sub', id: 'a', ch: 'metrics' });
    for (let n = 0; n < 500; n += 1) pinger.socket.ping();
    for (let n = 0; n < 500; n += 1) ponger.socket.pong();
    expect((await talker.closed).code).toBe(4429);
    expect((await subscriber.closed).code).toBe(4429);
    expect((await pinger.closed).code).toBe(4429);
    expect((await ponger.closed).code).toBe(4429);
    neighbour.send({ type: 'ping' });
    await neighbour.next('pong');
  });

  it('cuts off a client that has gone silent and keeps one that only answers pings', async () => {
    const begun = performance.now();
    const [silent, quiet] = await Promise.all([join({ autoPong: false }), join()]);
    expect((await silent.closed).code).toBe(4408);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(2 * HEARTBEAT_MS);
    await sleep(2 * HEARTBEAT_MS);
    quiet.send({ type: 'ping' });
    await quiet.next('pong');
  });
});
