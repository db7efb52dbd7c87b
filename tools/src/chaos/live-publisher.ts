import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, LiveStream } from '@shadower/redis';
import { until } from '../stack/until';
import type { Publication } from './silent-gaps';

const EVERY_MS = 100;

/** Publishes numbered alerts of a workspace, one after another, as the applications do, and remembers which of them Redis took. */
export class LivePublisher {
  readonly publications: Publication[] = [];
  private readonly redis;
  private readonly stream: LiveStream;
  private stopping = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    redisUrl: string,
    private readonly workspace: string,
  ) {
    this.redis = connect(redisUrl, 'command');
    this.stream = new LiveStream(this.redis);
  }

  static async start(redisUrl: string, workspace: string): Promise<LivePublisher> {
    const publisher = new LivePublisher(redisUrl, workspace);
    await once(publisher.redis, 'ready');
    publisher.running = publisher.run();
    return publisher;
  }

  /** No new numbers; what was lost may still be marked until `disconnect`. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  disconnect(): void {
    this.redis.disconnect();
  }

  /** The number of the next one that Redis takes; undefined when it takes none in this time. */
  async nextTaken(patienceMs: number): Promise<number | undefined> {
    const from = this.publications.length;
    return until(() => this.publications.slice(from).find(({ taken }) => taken)?.n, patienceMs);
  }

  private async run(): Promise<void> {
    for (let n = 1; !this.stopping; n += 1) {
      const taken = await this.stream.publish(this.workspace, { ch: 'alerts', ts: new Date().toISOString(), data: { n } });
      this.publications.push({ n, taken });
      await sleep(EVERY_MS);
    }
  }
}
