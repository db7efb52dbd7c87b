import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  /** As it came; JSON is for the reader to parse. */
  body: string;
  at: number;
}

/** An HTTP server on loopback that stands for Slack, PagerDuty, Elasticsearch: it keeps what comes and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  /** Replaced by tests that want another answer, or a refusal. */
  answer: (request: Received) => { status: number; body: string; headers?: Record<string, string> } = ({ path }) => (path.startsWith('/pagerduty') ? { status: 202, body: '{"status":"success","dedup_key":"x"}' } : { status: 200, body: 'ok' });
  private readonly waiting = new Set<() => void>();
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { path: request.url ?? '/', headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
      const { status, body, headers } = this.answer(received);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      this.received.push(received);
      for (const look of this.waiting) look();
    });
  });

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.listen(port);
    return receiver;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => void this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  on(look: (received: Received) => void): void {
    this.waiting.add(() => look(this.received.at(-1) as Received));
  }

  /** The first request that `wanted` accepts, already here or yet to come. */
  find(wanted: (received: Received) => boolean, patienceMs: number): Promise<Received> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.received.find(wanted);
        if (!found) return;
        this.waiting.delete(look);
        clearTimeout(late);
        resolve(found);
      };
      const late = setTimeout(() => (this.waiting.delete(look), reject(new Error(`nothing of the kind within ${patienceMs} ms; ${this.received.length} requests: ${this.received.map(({ path }) => path).join(' ').slice(0, 500)}`))), patienceMs);
      this.waiting.add(look);
      look();
    });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}
