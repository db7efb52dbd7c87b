import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis from 'ioredis';
import { PrivateRedis } from './private-redis';
import { processBirth } from './process-birth';

const folder = mkdtempSync(join(tmpdir(), 'shadower-redis-'));
const options = { dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log') };
const running: PrivateRedis[] = [];

const start = async (): Promise<PrivateRedis> => {
  const redis = await PrivateRedis.start(options);
  running.push(redis);
  return redis;
};

const withClient = async <T>(redis: PrivateRedis, use: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(redis.url());
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
};

afterEach(async () => {
  for (const redis of running.splice(0)) await redis.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps what was written over a stop', async () => {
  const first = await start();
  await withClient(first, (client) => client.set('kept', '42'));
  await first.stop();
  expect(await withClient(await start(), (client) => client.get('kept'))).toBe('42');
});

it('ends the server that a killed run left on its data', async () => {
  const orphan = await start();
  const next = await start();
  expect(processBirth(orphan.pid as number)).toBeUndefined();
  expect(await withClient(next, (client) => client.get('kept'))).toBe('42');
});

it('refuses a connection without the password', async () => {
  const redis = await start();
  const client = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => null });
  client.on('error', () => undefined);
  await expect(client.get('kept')).rejects.toThrow('NOAUTH');
  client.disconnect();
});
