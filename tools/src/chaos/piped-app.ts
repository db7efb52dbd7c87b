import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { freePort } from '../stack/port';
import type { AppName } from '../stack/running-stack';
import { until } from '../stack/until';

const READY_MS = 60_000;
const STOP_GRACE_MS = 27_000;

/** An application that logs into a pipe, as it does in a container, whose reader is we. */
export class PipedApp {
  /** Bytes of log that were read. */
  read = 0;
  private readonly exit: Promise<string>;
  private running = true;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.read += chunk.length));
    child.stdout?.on('error', () => undefined);
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => ((this.running = false), resolve(signal ? `was ended by ${signal}` : `exited with code ${code}`)));
      child.once('error', (error) => ((this.running = false), resolve(`could not be started: ${error.message}`)));
    });
  }

  static async start(name: AppName, env: NodeJS.ProcessEnv): Promise<PipedApp> {
    const port = await freePort();
    // Its own process group, so that Ctrl-C reaches only us, who end it in order.
    const child = spawn(process.execPath, [join(ROOT, 'apps', name, 'dist', 'main.js')], { cwd: ROOT, env: { ...env, PORT: String(port), HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const app = new PipedApp(child, `http://127.0.0.1:${port}`);
    if (await until(async () => (app.running ? app.isReady() : false), READY_MS, 50)) return app;
    throw new Error(`${name} did not start: it ${await app.stop()}`);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  stopReading(): void {
    this.child.stdout?.pause();
  }

  readOn(): void {
    this.child.stdout?.resume();
  }

  /** Whatever it writes from now on is answered EPIPE. */
  closeReader(): void {
    this.child.stdout?.destroy();
  }

  /** SIGTERM, and SIGKILL when it takes too long; gives how it ended. */
  async stop(): Promise<string> {
    if (this.running) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.running && this.child.kill('SIGKILL'), STOP_GRACE_MS);
    return this.exit.finally(() => clearTimeout(timer));
  }

  private isReady(): Promise<true | undefined> {
    return fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(2_000) }).then(async (answer) => (await answer.arrayBuffer(), answer.ok || undefined), () => undefined);
  }
}
