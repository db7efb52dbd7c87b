import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Ids for child_process.spawn; empty: stay who we are. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Where root keeps what another account must reach, when the checkout is closed to all others (a home with mode 0700). */
const OUTSIDE = '/var/lib/shadower-analytics';

/** PostgreSQL refuses to run as root: root lends it the account `postgres`, or `nobody`, which every system has. */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new Error('PostgreSQL does not run as root, and there is no account `postgres` or `nobody`: start as another user or set DATABASE_URL');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

const mayEnter = (account: Account, folder: string): boolean =>
  account.uid === undefined || spawnSync('test', ['-x', folder], { ...account, cwd: '/' }).status === 0;

/** The data folder, given to the account; elsewhere when the account cannot come to it. Its parent exists afterwards. */
export function reachableData(account: Account, dataDir: string): string {
  mkdirSync(dirname(dataDir), { recursive: true });
  if (mayEnter(account, dirname(dataDir))) return dataDir;
  const outside = join(OUTSIDE, createHash('sha256').update(dataDir).digest('hex').slice(0, 12), 'postgres');
  mkdirSync(dirname(outside), { recursive: true });
  return outside;
}

/** The program folder, or a copy of it that the account can come to. */
export function reachablePrograms(account: Account, home: string, label: string): string {
  if (mayEnter(account, join(home, 'bin'))) return home;
  const copy = join(OUTSIDE, `postgres-${label}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(home, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, copy);
  }
  return copy;
}

/** An empty folder of mode 0700 that belongs to the account. */
export function makeOwned(account: Account, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
}
