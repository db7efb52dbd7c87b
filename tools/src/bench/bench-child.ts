import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from '../stack/app-process';
import { OwnedChild } from '../stack/owned-child';
import { endRecorded } from '../stack/pid-file';
import { freePort } from '../stack/port';
import { APP_NAMES } from '../stack/running-stack';
import { until } from '../stack/until';

export interface Program {
  /** A program of `subjects/`, without its ending. */
  program: string;
  /** Distinguishes two runs of one program. */
  label: string;
  /** It gets a PORT of the operating system's choice beside. */
  env: NodeJS.ProcessEnv;
  /** A path that answers 200 once it is up. */
  readyPath: string;
}

const READY_TIMEOUT_MS = 60_000;
const pidFolder = (folder: string): string => join(folder, 'run');

/** A small server of the benchmark's own, built beside it. */
export class BenchChild {
  private constructor(
    private readonly child: OwnedChild,
    readonly port: number,
  ) {}

  static async start(folder: string, { program, label, env, readyPath }: Program): Promise<BenchChild> {
    const port = await freePort();
    // Always as built: tests run from the sources, which Node.js cannot.
    const args = [join(__dirname, '../../dist/bench/subjects', `${program}.js`)];
    mkdirSync(pidFolder(folder), { recursive: true });
    const child = OwnedChild.spawn({ file: process.execPath, args, logFile: join(folder, 'logs', `${label}.log`), pidFile: join(pidFolder(folder), `${label}.json`), options: { env: { ...env, PORT: String(port) } } });
    const subject = new BenchChild(child, port);
    const answers = await until(async () => (child.running ? subject.answers(readyPath) : false), READY_TIMEOUT_MS, 50);
    if (answers) return subject;
    const how = await child.stop('SIGTERM', 2_000);
    throw new Error(`${label} did not start: it ${how}\n${child.lastLines()}`);
  }

  /** Ends what a killed run left in its folder. */
  static async endOrphans(folder: string): Promise<void> {
    for (const name of APP_NAMES) await AppProcess.endOrphan(name, folder);
    mkdirSync(pidFolder(folder), { recursive: true });
    for (const file of readdirSync(pidFolder(folder))) await endRecorded(join(pidFolder(folder), file), 'SIGTERM', 5_000);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
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
