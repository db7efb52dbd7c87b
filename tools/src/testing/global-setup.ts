import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordProcess } from '../stack/pid-file';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import { PREFIX, servers, sweep } from './servers';

/** Jest calls it once before the end-to-end suites: a private PostgreSQL and Redis on ports of the system's choice, told to the suites by the environment. */
export default async function globalSetup(): Promise<void> {
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  recordProcess(join(folder, 'owner.json'), process.pid);
  // The server's own account must come through.
  chmodSync(folder, 0o755);
  const [postgres, redis] = await Promise.all([
    PrivatePostgres.start({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), durable: false }),
    PrivateRedis.start({ dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log'), durable: false }),
  ]);
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
