import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** `/proc/PID/stat`: the name may hold spaces and brackets, so the fields are counted behind its last bracket. */
function linuxBirth(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : `${bootId()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

function psBirth(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** What tells a living process from a later one with the same number: when it began. `undefined`: no such process lives. */
export function processBirth(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxBirth(pid) : psBirth(pid);
}
