import { spawn } from 'node:child_process';
import { ROOT } from '../stack/paths';

/** A program that hangs must not hang its caller for ever. */
const TIMEOUT_MS = 60 * 60_000;
const GRACE_MS = 5_000;

/**
 * Runs a program in a process group of its own, in the repository's root. Resolves when it has ended, with true when well. When `stop` is aborted,
 * or after an hour, the whole group is ended: SIGTERM, and SIGKILL 5 s later.
 */
export function runGroup(file: string, args: string[], stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit', detached: true });
    const signal = (name: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // Nobody of the group is left.
      }
    };
    let killer: NodeJS.Timeout | undefined;
    const end = (): void => {
      signal('SIGTERM');
      killer ??= setTimeout(() => signal('SIGKILL'), GRACE_MS);
    };
    const timeout = setTimeout(end, TIMEOUT_MS);
    stop.addEventListener('abort', end, { once: true });
    const ended = (well: boolean): void => {
      clearTimeout(timeout);
      clearTimeout(killer);
      stop.removeEventListener('abort', end);
      // Whoever outlived the program that started it.
      if (killer) signal('SIGKILL');
      resolve(well && !killer);
    };
    child.once('error', (error) => {
      console.log(String(error));
      ended(false);
    });
    child.once('exit', (code) => ended(code === 0));
  });
}
