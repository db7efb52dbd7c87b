import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Compiles the worker as it is now; next to nothing when it is compiled already. */
export const buildWorker = (): void => void execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', join(ROOT, 'apps/jobs-worker')]);

/** The built worker as a process of its own, which a test may stop, continue and kill. */
export class WorkerProcess {
  private output = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.output += chunk));
  }

  /** Port 0 is the system's choice; nobody asks this worker anything. */
  static start(env: Record<string, string>): WorkerProcess {
    const { PATH = '', HOME = '' } = process.env;
    return new WorkerProcess(spawn(process.execPath, [join(ROOT, 'apps/jobs-worker/dist/main.js')], { env: { PATH, HOME, HOST: '127.0.0.1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Its log lines so far that are `message`. */
  lines(message: string): Record<string, unknown>[] {
    const lines = this.output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['message'] === message);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  /** Ends it, and tells how it ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    return this.child.exitCode ?? this.child.signalCode ?? 'unknown';
  }
}
