import { execFileSync } from 'node:child_process';
import { chownSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** `cp` keeps owner and mode, and goes on when a file vanishes under it, which it does in a running server. */
function copy(from: string, to: string): void {
  try {
    execFileSync('cp', ['-a', from, to], { stdio: 'pipe' });
  } catch (error) {
    const complaints = String((error as { stderr: Buffer }).stderr).trim().split('\n');
    if (!complaints.every((line) => line.includes('No such file or directory'))) throw error;
  }
}

/**
 * A base backup of a running server by PostgreSQL's own low-level API, as tools such as pgBackRest take it: clients go on writing meanwhile.
 * `from` is the server's data folder, `to` becomes a data folder that a fresh server can start on.
 */
export async function takeBaseBackup(superuserUrl: string, from: string, to: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('backup', fast => true)`);
    // Files come and go while they are copied; what the copy has of them is made good from the log.
    copy(from, to);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)');
    // All of the log up to the end of the backup, without which the copy is not consistent.
    rmSync(join(to, 'pg_wal'), { recursive: true });
    copy(join(from, 'pg_wal'), join(to, 'pg_wal'));
    // They belong to the running server.
    for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(to, name), { force: true });
    const label = join(to, 'backup_label');
    writeFileSync(label, rows[0]?.labelfile ?? '');
    // The server renames it, for which it must be the owner.
    const { uid, gid } = statSync(to);
    chownSync(label, uid, gid);
  } finally {
    await client.end();
  }
}
