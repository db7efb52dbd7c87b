import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, makeOwned } from './server-account';

/** Generated once for a cluster; they stay inside its data folder, so that neither is ever without the other. */
export interface ClusterSecrets {
  /** The superuser `postgres`: migrations and administration. */
  admin: string;
  /** The login `shadower` of the applications, a member of the role shadower_app. */
  app: string;
}

const SECRETS = 'shadower-secrets.json';

function writePrivate(account: Account, file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(file, account.uid, account.gid);
}

async function create(home: string, dataDir: string, account: Account): Promise<void> {
  const secrets: ClusterSecrets = { admin: randomBytes(24).toString('hex'), app: randomBytes(24).toString('hex') };
  const unfinished = `${dataDir}.new`;
  const password = `${dataDir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  makeOwned(account, unfinished);
  writePrivate(account, password, secrets.admin);
  const args = ['-D', unfinished, '-U', 'postgres', `--pwfile=${password}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  try {
    await promisify(execFile)(join(home, 'bin', 'initdb'), args, { ...account, cwd: '/' });
  } catch (error) {
    throw new Error(`initdb failed: ${(error as { stderr?: string }).stderr ?? String(error)}`, { cause: error });
  } finally {
    rmSync(password, { force: true });
  }
  writePrivate(account, join(unfinished, SECRETS), JSON.stringify(secrets));
  // Only a whole cluster gets the name: a run that is killed above leaves nothing that the next would take for one.
  renameSync(unfinished, dataDir);
}

/** Makes the cluster unless it is there. Throws when the one that is there was made by another major version or another tool. */
export async function ensureCluster(home: string, dataDir: string, account: Account): Promise<ClusterSecrets> {
  if (!existsSync(dataDir)) await create(home, dataDir, account);
  const { stdout } = await promisify(execFile)(join(home, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' });
  const [, major] = /(\d+)(?:\.|beta|rc|devel)/.exec(stdout) ?? [];
  const made = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (made !== major) throw new Error(`${dataDir} was made by PostgreSQL ${made} and this is ${major}: move it away, or set DATABASE_URL`);
  return JSON.parse(readFileSync(join(dataDir, SECRETS), 'utf8')) as ClusterSecrets;
}
