import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { processBirth } from './process-birth';

/** Asked by Debian's packages whether their services may be started (invoke-rc.d, deb-systemd-invoke). */
export const POLICY = '/usr/sbin/policy-rc.d';
/** Exit 101: no service may. The pid tells one that a killed run left behind from one that is in use. */
const text = (pid: number): string => `#!/bin/sh\n# shadower-analytics ${pid}: installs programs, whose services shall not start. May be removed when that process is gone.\nexit 101\n`;

const ownerOf = (file: string): number | undefined => {
  const [, pid] = /^# shadower-analytics (\d+):/m.exec(readFileSync(file, 'utf8')) ?? [];
  return pid === undefined ? undefined : Number(pid);
};

/** Whether the policy is ours now. One that the machine's owner made is left as it is: it is theirs to decide. */
function forbid(file: string): boolean {
  try {
    writeFileSync(file, text(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = ownerOf(file);
    if (owner === undefined || processBirth(owner) !== undefined) return false;
    writeFileSync(file, text(process.pid));
  }
  // Whatever the umask says.
  chmodSync(file, 0o755);
  return true;
}

/** Does `work` while Debian's packages may start no service, unless the machine has a policy about that already. Throws, and does nothing, when it cannot forbid it. */
export function withoutServices<T>(work: () => T, file = POLICY): T {
  const ours = forbid(file);
  try {
    return work();
  } finally {
    if (ours) rmSync(file, { force: true });
  }
}
