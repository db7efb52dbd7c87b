import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LiveTarget } from './live-socket';

/** Clients of large frames, in a thread of their own: what they read must not hold up those whose times are taken. */
export class HeavyClients {
  private constructor(private readonly thread: Worker) {}

  /** Resolves when all of them listen, or have stopped reading. */
  static async start(target: LiveTarget, count: number, reads: boolean): Promise<HeavyClients> {
    const thread = new Worker(join(__dirname, 'heavy-clients-thread.js'), { workerData: { target, count, reads } });
    await once(thread, 'message', { signal: AbortSignal.timeout(60_000) });
    return new HeavyClients(thread);
  }

  /** Cuts their connections. */
  async stop(): Promise<void> {
    await this.thread.terminate();
  }
}
