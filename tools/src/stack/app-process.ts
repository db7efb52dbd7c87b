import { join } from 'node:path';
import { listenAddress } from './listen-address';
import { OwnedChild } from './owned-child';
import { ROOT } from './paths';
import { endRecorded } from './pid-file';
import { freePort, listensOn, portNear } from './port';
import type { AppName } from './running-stack';
import { until } from './until';

export interface AppOptions {
  name: AppName;
  /** The app's whole environment but for PORT. */
  env: NodeJS.ProcessEnv;
  /** Logs and pid files stand under it. */
  dataDir: string;
  /** Wanted port; another is chosen when it is taken. Default: one of the operating system's choice. */
  port?: number;
  /** Ends the wait for readiness. */
  signal?: AbortSignal;
}

const pidFileOf = (name: AppName, dataDir: string): string => join(dataDir, 'run', `${name}.json`);
const READY_TIMEOUT_MS = 60_000;
/** Apps drain within 25 s. */
const STOP_GRACE_MS = 27_000;

/** One built application as a process of its own: `node apps/NAME/dist/main.js`. */
export class AppProcess {
  private constructor(
    readonly name: AppName,
    readonly port: number,
    readonly logFile: string,
    private readonly child: OwnedChild,
  ) {}

  /** Resolves when the app says that it is ready; throws with its last lines when it ends before. */
  static async start(options: AppOptions): Promise<AppProcess> {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port === undefined || attempt > 1 ? await freePort() : await portNear(options.port);
      const app = AppProcess.spawn(options, port);
      const problem = await app.untilReady(options.signal);
      if (!problem) return app;
      if (!problem.includes('EADDRINUSE') || attempt === 3) throw new Error(`${options.name} did not start (${app.logFile}): ${problem}`);
    }
  }

  /** Ends the one that a killed run left on this data folder. */
  static async endOrphan(name: AppName, dataDir: string): Promise<void> {
    await endRecorded(pidFileOf(name, dataDir), 'SIGTERM', 5_000);
  }

  /** Starts it on exactly this port and does not wait. */
  static spawn({ name, env, dataDir }: AppOptions, port: number): AppProcess {
    const logFile = join(dataDir, 'logs', `${name}.log`);
    const options = { cwd: ROOT, env: { ...env, PORT: String(port), HOST: listenAddress(env) } };
    const child = OwnedChild.spawn({ file: process.execPath, args: [join(ROOT, 'apps', name, 'dist', 'main.js')], logFile, pidFile: pidFileOf(name, dataDir), options });
    return new AppProcess(name, port, logFile, child);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** How it ended, when it ends. */
  get exit(): Promise<string> {
    return this.child.exit;
  }

  stop(): Promise<string> {
    return this.child.stop('SIGTERM', STOP_GRACE_MS);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  lastLines(): string {
    return this.child.lastLines();
  }

  private async untilReady(signal?: AbortSignal): Promise<string | undefined> {
    const ended = (): boolean => !this.child.running || signal?.aborted === true;
    // A stranger may have got the port a moment before, and answer too: the app then ends with EADDRINUSE.
    const ours = (): boolean => this.pid !== undefined && listensOn(this.pid, this.port) !== false;
    const ready = await until(async () => (ended() ? false : ours() ? isReady(this.url) : undefined), READY_TIMEOUT_MS, 50);
    if (ready) return undefined;
    const how = await this.child.stop('SIGTERM', 3_000);
    return `it ${how}\n${this.lastLines()}`;
  }
}

async function isReady(url: string): Promise<true | undefined> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok ? true : undefined;
  } catch {
    return undefined;
  }
}
