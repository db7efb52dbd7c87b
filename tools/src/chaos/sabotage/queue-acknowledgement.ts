import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@shadower/redis';
import { getLogger } from '@shadower/telemetry';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { bodyOf } from './body-of';

interface Handed {
  url: string;
  authorization: string;
  body: string;
}

const QUEUE = 'sabotage-ingest';
const FORWARD_MS = 5_000;
/** Slower than its clients, so that something waits in the queue when Redis is killed. */
const PAUSE_MS = 20;

/** A service as many are built: it acknowledges once a job with the events is in a queue of Redis, from which a worker takes them into the ledger. Redis may forget them. */
export class QueueAcknowledgement {
  private constructor(
    private readonly server: Server,
    private readonly queue: Queue<Handed>,
    private readonly worker: Worker<Handed>,
    private readonly connections: Redis[],
  ) {}

  static async start(api: () => string, redisUrl: string): Promise<QueueAcknowledgement> {
    // That Redis is lost is what is done here, not news.
    getLogger('redis').level = 'silent';
    const [sending, working] = [connect(redisUrl, 'command'), connect(redisUrl, 'blocking')];
    const queue = new Queue<Handed>(QUEUE, { connection: sending, defaultJobOptions: { attempts: 100, backoff: 200, removeOnComplete: true } });
    const forward = async ({ data: { url, authorization, body } }: { data: Handed }): Promise<void> => {
      await sleep(PAUSE_MS);
      const answer = await fetch(api() + url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(FORWARD_MS) });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
    };
    const worker = new Worker<Handed>(QUEUE, forward, { connection: working });
    queue.on('error', () => undefined);
    worker.on('error', () => undefined);
    await queue.waitUntilReady();
    const server = createServer((request, response) => {
      void bodyOf(request)
        .then((body) => queue.add('ingest', { url: String(request.url), authorization: request.headers.authorization ?? '', body }))
        .then(
          () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
          () => response.writeHead(503).end(),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new QueueAcknowledgement(server, queue, worker, [sending, working]);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** True when nothing is left to be taken in. */
  async idle(): Promise<boolean> {
    return (await this.queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized').catch(() => 1)) === 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    await Promise.all([this.worker.close(true), this.queue.close()]).catch(() => undefined);
    for (const connection of this.connections) connection.disconnect();
  }
}
