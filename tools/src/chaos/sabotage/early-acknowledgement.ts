import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf } from './body-of';

const FORWARD_MS = 5_000;

/** Two attempts: enough for an API that is busy, not for one whose database is away. */
async function handOver(hand: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await sleep(20 + attempt * 100);
    if (await hand()) return;
  }
}

/** A service as many are built: it acknowledges first and hands the events to the ledger a moment later. The checker must find it out. */
export class EarlyAcknowledgement {
  private handing = 0;

  private constructor(private readonly server: Server) {}

  static async start(api: () => string): Promise<EarlyAcknowledgement> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
        service.handing += 1;
        const hand = (): Promise<boolean> => fetch(api() + String(request.url), { method: 'POST', headers, body, signal: AbortSignal.timeout(FORWARD_MS) }).then(async (answer) => (await answer.arrayBuffer(), answer.ok), () => false);
        void handOver(hand).finally(() => (service.handing -= 1));
      });
    });
    const service = new EarlyAcknowledgement(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** True when nothing is left to be handed on. */
  idle(): boolean {
    return this.handing === 0;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}
