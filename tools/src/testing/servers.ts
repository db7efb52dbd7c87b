import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endRecorded, recordedProcess } from '../stack/pid-file';
import { endPostgresOrphan, type PrivatePostgres } from '../stack/private-postgres';
import { redisPidFile, type PrivateRedis } from '../stack/private-redis';

/** What global set-up started and global tear-down ends: the same process runs both. */
export const servers: { folder: string; postgres: PrivatePostgres; redis: PrivateRedis }[] = [];

export const PREFIX = 'shadower-e2e-';

/** Ends the servers of runs that were killed, and removes their folders. A folder without an owner is one that is being made. */
export async function sweep(): Promise<void> {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX)).map((name) => join(tmpdir(), name));
  const old = folders.filter((folder) => readdirSync(folder).includes('owner.json') && !recordedProcess(join(folder, 'owner.json')));
  for (const folder of old) {
    await endPostgresOrphan(join(folder, 'postgres'));
    await endRecorded(redisPidFile(join(folder, 'redis')), 'SIGKILL', 2_000);
    rmSync(folder, { recursive: true, force: true });
  }
}
