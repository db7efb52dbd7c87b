import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processBirth } from './process-birth';
import { until } from './until';

/** A process that an earlier run started, as its pid file names it. */
export interface RecordedProcess {
  pid: number;
  birth: string;
}

/** Writes down a living process, and `more` about it. */
export function recordProcess(file: string, pid: number, more: object = {}): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ pid, birth: processBirth(pid), ...more }), { mode: 0o600 });
}

/** The process that the file names, if it lives and is still that very one: a stranger that got its number later is not returned. */
export function recordedProcess<More extends object = object>(file: string): (RecordedProcess & Partial<More>) | undefined {
  try {
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedProcess & Partial<More>;
    return recorded.birth !== undefined && processBirth(recorded.pid) === recorded.birth ? recorded : undefined;
  } catch {
    return undefined;
  }
}

export function forgetProcess(file: string): void {
  rmSync(file, { force: true });
}

/** Ends one living process: `signal`, and SIGKILL after `graceMs`. Resolves when it is gone; looks before each signal that it is the same one. */
export async function endProcess({ pid, birth }: RecordedProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const gone = (): true | undefined => (processBirth(pid) === birth ? undefined : true);
  for (const [name, waitMs] of [[signal, graceMs], ['SIGKILL', 5_000]] as const) {
    if (gone()) return;
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await until(gone, waitMs)) return;
  }
  throw new Error(`process ${pid} does not end, not even by SIGKILL`);
}

/** Ends what a killed run left behind. Returns the process that was ended. */
export async function endRecorded(file: string, signal: NodeJS.Signals, graceMs: number): Promise<RecordedProcess | undefined> {
  const orphan = recordedProcess(file);
  if (orphan) await endProcess(orphan, signal, graceMs);
  forgetProcess(file);
  return orphan;
}
