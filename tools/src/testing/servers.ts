import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess } from '../stack/app-process';
import { endRecorded, recordedProcess, recordProcess } from '../stack/pid-file';
import { endPostgresOrphan, type PrivatePostgres } from '../stack/private-postgres';
import { redisPidFile, type PrivateRedis } from '../stack/private-redis';
import { APP_NAMES } from '../stack/running-stack';

/** What global set-up started and global tear-down ends: the same process runs both. */
export const servers: { folder: string; postgres: PrivatePostgres; redis: PrivateRedis }[] = [];

const PREFIX = 'shadower-test-';
const OWNER = 'owner.json';

/** A temporary data folder, laid out as .data is; the account of the database server may enter it. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o755);
  recordProcess(join(folder, OWNER), process.pid);
  return folder;
}

/** A replica beyond the first has a folder of its own there. */
const inside = (folder: string): string[] => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));

/** Ends what runs of tests that were killed left behind, and removes their folders. A folder without an owner is one that is being made. */
export async function sweep(): Promise<void> {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX)).map((name) => join(tmpdir(), name));
  const old = folders.filter((folder) => readdirSync(folder).includes(OWNER) && !recordedProcess(join(folder, OWNER)));
  for (const folder of old) {
    for (const place of [folder, ...inside(folder)]) for (const name of APP_NAMES) await AppProcess.endOrphan(name, place);
    await endPostgresOrphan(join(folder, 'postgres'));
    await endRecorded(redisPidFile(join(folder, 'redis')), 'SIGKILL', 2_000);
    rmSync(folder, { recursive: true, force: true });
  }
}
