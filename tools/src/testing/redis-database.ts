import Redis from 'ioredis';

/** Hands out the numbers of databases; lives in database 0, which no test gets. */
const COUNTER = 'shadower:test:next-database';

/** The address of an empty Redis database that no other test uses. */
export async function redisDatabase(): Promise<string> {
  const base = new URL(process.env.TEST_REDIS_URL ?? 'redis://run-end-to-end-tests-with-jest-selectProjects-e2e/');
  const client = new Redis(base.href);
  try {
    const database = (await client.incr(COUNTER)) % 1024 || 1;
    await client.select(database);
    await client.flushdb();
    base.pathname = `/${database}`;
    return base.href;
  } finally {
    client.disconnect();
  }
}
