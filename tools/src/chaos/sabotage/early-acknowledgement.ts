import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A service as many are built: it acknowledges first and hands the events to the ledger a moment later. The checker must find it out. */
export class EarlyAcknowledgement {
  private constructor(private readonly server: Server) {}

  static async start(api: () => string): Promise<EarlyAcknowledgement> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' };
        void sleep(20).then(() => fetch(api() + String(request.url), { method: 'POST', headers, body: Buffer.concat(chunks) })).then((answer) => answer.arrayBuffer(), () => undefined);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new EarlyAcknowledgement(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}
