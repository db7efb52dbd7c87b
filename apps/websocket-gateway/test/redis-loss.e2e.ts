import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveEntry } from '@shadower/domain';
import { connect, LiveStream } from '@shadower/redis';
import { freshDatabase, PrivateRedis, type TestDatabase } from '@shadower/tools/testing';
import type { LiveClient } from './client';
import { TestGateway } from './gateway';

const entry = (n: number): LiveEntry => ({ ch: 'alerts', ts: new Date().toISOString(), data: { n } });

describe('when Redis is lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-redis-'));
  let database: TestDatabase;
  let redis: PrivateRedis;
  let gateway: TestGateway;
  const startRedis = (port?: number): Promise<PrivateRedis> => PrivateRedis.start({ dataDir: folder, logFile: join(folder, 'redis.log'), durable: false, port });

  /** Publishes until Redis takes it: a connection that was just cut needs a moment. */
  const publish = async (n: number): Promise<void> => {
    for (let attempt = 1; attempt <= 50; attempt += 1) {
      if (await gateway.publish('acme', { ch: 'alerts', data: { n } })) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('Redis takes nothing');
  };
  const subscribed = async (): Promise<LiveClient> => {
    const client = await gateway.connect('acme');
    await client.subscribe('alerts');
    return client;
  };

  beforeAll(async () => {
    [database, redis] = await Promise.all([freshDatabase(), startRedis()]);
    gateway = await TestGateway.start({ databaseUrl: database.url, redisUrl: redis.url() });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([redis.stop(), database.drop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing and says nothing when only its connections were cut', async () => {
    const client = await subscribed();
    const admin = connect(redis.url(), 'command');
    await once(admin, 'ready');
    // The one connection that is spared: what it publishes is certainly there.
    const publisher = new LiveStream(admin);
    for (let n = 1; n <= 5; n += 1) {
      await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      for (const each of [n, n + 100]) expect(await publisher.publish('acme', entry(each))).toBe(true);
    }
    admin.disconnect();
    for (let n = 1; n <= 5; n += 1) for (const expected of [n, n + 100]) expect(await client.next('ev')).toMatchObject({ data: { n: expected } });
    client.close();
  });

  it('announces what a publisher could not publish, as soon as that can be said', async () => {
    const clients = [await subscribed(), await subscribed()];
    const cutOff = connect(redis.url(), 'command');
    await once(cutOff, 'ready');
    const publisher = new LiveStream(cutOff);
    expect(await publisher.publish('acme', entry(1))).toBe(true);
    cutOff.disconnect();
    await once(cutOff, 'end');
    expect(await publisher.publish('acme', entry(2))).toBe(false);
    await cutOff.connect();
    for (const client of clients) {
      expect(await client.next('ev')).toMatchObject({ data: { n: 1 } });
      expect(await client.next('gap')).toMatchObject({ reason: 'history_incomplete' });
      expect(await client.next('sub.ok')).toMatchObject({ recovered: false });
    }
    expect(await publisher.publish('acme', entry(3))).toBe(true);
    for (const client of clients) expect(await client.next('ev')).toMatchObject({ data: { n: 3 } });
    cutOff.disconnect();
    clients.forEach((client) => client.close());
  });

  it('keeps sockets open through a kill, and announces the gap when Redis is back empty', async () => {
    const clients = await Promise.all([subscribed(), subscribed(), subscribed()]);
    await publish(1);
    await Promise.all(clients.map((client) => client.next('ev')));
    await redis.kill();
    const first = clients[0]!;
    first.send({ type: 'sub', id: 'm', ch: 'metrics', since: { epoch: 'e', offset: '1-1' } });
    expect(await first.next('err')).toMatchObject({ id: 'm', problem: { code: 'unavailable', retry_after_ms: expect.any(Number) } });
    redis = await startRedis(redis.port);
    for (const client of clients) {
      const gap = await client.next('gap', 15_000);
      expect(gap).toMatchObject({ id: 'alerts', ch: 'alerts', reason: 'epoch_changed' });
      expect(await client.next('sub.ok')).toMatchObject({ epoch: gap.epoch, recovered: false });
    }
    await publish(2);
    for (const client of clients) expect(await client.next('ev')).toMatchObject({ data: { n: 2 } });
    clients.forEach((client) => client.close());
  }, 30_000);
});
