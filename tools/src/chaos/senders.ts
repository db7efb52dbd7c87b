import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Turn {
  url: string;
  token: string;
  bodies: readonly string[];
  /** How many send at a time. */
  senders: number;
}

/** What became of one body. */
export interface Sent {
  /** 0: no answer. */
  status: number;
  ms: number;
  /** The answer, unless it was a success. */
  refusal?: string;
}

/** The smaller the young generation, the shorter each of its collections holds up those whose times are taken. */
const YOUNG_MB = 2;

/**
 * Senders whose times are taken, in a thread that does nothing else and keeps nothing: the memory of the one who remembers every event is
 * collected for up to 30 ms at a time, which is longer than most requests take.
 */
export class Senders {
  private readonly thread = new Worker(join(__dirname, '../../dist/chaos/senders-thread.js'), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });

  async play(turn: Turn): Promise<Sent[]> {
    this.thread.postMessage(turn);
    const [sent] = (await once(this.thread, 'message')) as [Sent[]];
    return sent;
  }

  async stop(): Promise<void> {
    await this.thread.terminate();
  }
}
