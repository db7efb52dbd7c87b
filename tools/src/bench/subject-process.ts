import { join } from 'node:path';
import { OwnedChild } from '../stack/owned-child';
import { freePort } from '../stack/port';
import { until } from '../stack/until';

export interface SubjectOptions {
  /** A program of `subjects/`, without its ending. */
  program: string;
  /** Where its output goes. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** A path that answers 200 once it is up. */
  readyPath: string;
  /** Distinguishes two runs of one program in the folder. */
  label?: string;
}

const READY_TIMEOUT_MS = 30_000;

/** A small server of the benchmark's own, built beside it, on a port of the operating system's choice. */
export class SubjectProcess {
  private constructor(
    private readonly child: OwnedChild,
    readonly url: string,
  ) {}

  static async start({ program, folder, env, readyPath, label = program }: SubjectOptions): Promise<SubjectProcess> {
    const port = await freePort();
    const file = join(__dirname, 'subjects', `${program}.js`);
    const child = OwnedChild.spawn({ file: process.execPath, args: [file], logFile: join(folder, `${label}.log`), options: { env: { ...env, PORT: String(port) } } });
    const subject = new SubjectProcess(child, `http://127.0.0.1:${port}`);
    const answers = await until(async () => (child.running ? subject.answers(readyPath) : false), READY_TIMEOUT_MS, 50);
    if (answers) return subject;
    const how = await child.stop('SIGTERM', 2_000);
    throw new Error(`${label} did not start: it ${how}\n${child.lastLines()}`);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM', 5_000);
  }

  private async answers(path: string): Promise<true | undefined> {
    try {
      const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok || undefined;
    } catch {
      return undefined;
    }
  }
}
