import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerOptions {
  name: string;
  file: string;
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  /** Answers 2xx when the server is ready. */
  readyUrl: string;
  patienceMs?: number;
}

const KEPT_LINES = 60;
const STOP_MS = 10_000;

/** A program that we started, and end by its handle. */
export class Server {
  private readonly lines: string[] = [];
  private readonly ended: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    readonly name: string,
    readonly url: string,
  ) {
    const keep = (chunk: Buffer): void => void this.lines.splice(0, this.lines.push(...chunk.toString().trimEnd().split('\n')) - KEPT_LINES);
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => (keep(Buffer.from(String(error))), resolve()));
      child.on('exit', () => resolve());
    });
  }

  /** Resolves when the server is ready; throws with its last lines when it ends or takes too long. */
  static async start({ name, file, args, cwd, env, readyUrl, patienceMs = 30_000 }: ServerOptions): Promise<Server> {
    const child = spawn(file, args, { cwd, ...(env && { env }), stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new Server(child, name, new URL(readyUrl).origin);
    const until = Date.now() + patienceMs;
    let running = true;
    void server.ended.then(() => (running = false));
    while (running && Date.now() < until) {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return server;
      await sleep(50);
    }
    await server.stop();
    throw new Error(`${name} did not become ready:\n${server.lastLines()}`);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  lastLines(): string {
    return this.lines.join('\n');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(late);
  }
}
