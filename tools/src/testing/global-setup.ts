import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import { servers, sweep, testFolder } from './servers';

/** Jest calls it once before the end-to-end suites: a private PostgreSQL and Redis on ports of the system's choice, told to the suites by the environment. */
export default async function globalSetup(): Promise<void> {
  await sweep();
  const folder = testFolder();
  const starts = [
    PrivatePostgres.start({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), durable: false }),
    PrivateRedis.start({ dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log'), durable: false }),
  ] as const;
  const outcomes = await Promise.allSettled(starts);
  if (outcomes.some(({ status }) => status === 'rejected')) {
    // Jest calls no tear-down after a set-up that failed.
    await Promise.all(starts.map((start) => start.then((server) => server.stop(), () => undefined)));
    rmSync(folder, { recursive: true, force: true });
  }
  const [postgres, redis] = await Promise.all(starts);
  servers.push({ folder, postgres, redis });
  // Ctrl-C ends Jest without its tear-down.
  process.once('exit', () => {
    for (const started of servers) {
      started.postgres.signal('SIGQUIT');
      started.redis.signal('SIGKILL');
    }
  });
  process.env.TEST_POSTGRES_ADMIN_URL = postgres.adminUrl();
  process.env.TEST_POSTGRES_APP_URL = postgres.appUrl('postgres');
  process.env.TEST_REDIS_URL = redis.url();
}
