import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { forgetProcess, recordProcess } from './pid-file';

export interface ChildCommand {
  file: string;
  args: string[];
  /** Everything the child prints; the log of the run before stays beside it as `.1`. */
  logFile: string;
  /** Names the child to the next run, should this one be killed. */
  pidFile?: string;
  options?: SpawnOptions;
}

/**
 * A child process that is ended by its handle. It leads its own process group, so that Ctrl-C in the terminal reaches
 * only us and we can end our children in the right order; and it writes to a file, so that our own end never blocks it.
 */
export class OwnedChild {
  private ended = false;
  readonly exit: Promise<string>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly command: ChildCommand,
  ) {
    this.exit = new Promise((resolve) => {
      const end = (how: string): void => {
        this.ended = true;
        if (command.pidFile) forgetProcess(command.pidFile);
        resolve(how);
      };
      child.once('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `exited with code ${code}`));
      child.once('error', (error) => end(`could not be started: ${error.message}`));
    });
  }

  static spawn(command: ChildCommand): OwnedChild {
    mkdirSync(dirname(command.logFile), { recursive: true });
    if (existsSync(command.logFile)) renameSync(command.logFile, `${command.logFile}.1`);
    const log = openSync(command.logFile, 'w');
    try {
      const child = spawn(command.file, command.args, { ...command.options, detached: true, stdio: ['ignore', log, log] });
      if (command.pidFile && child.pid !== undefined) recordProcess(command.pidFile, child.pid);
      return new OwnedChild(child, command);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get running(): boolean {
    return !this.ended;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.ended) this.child.kill(signal);
  }

  /** `signal`, then SIGKILL after `graceMs`. Returns how it ended. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<string> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    try {
      return await this.exit;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The end of its output, for an error message. */
  lastLines(count = 15): string {
    return readFileSync(this.command.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }
}
