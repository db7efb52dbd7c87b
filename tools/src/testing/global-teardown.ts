import { rmSync } from 'node:fs';
import { servers } from './servers';

export default async function globalTeardown(): Promise<void> {
  for (const { folder, postgres, redis } of servers.splice(0)) {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
