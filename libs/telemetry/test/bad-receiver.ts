import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A receiver that hurts: `hang` takes connections and never says a word, `halve` begins its answer and never ends it, `reset` ends each connection at once, `down` listens no more. */
export class BadReceiver {
  /** How many connections it was asked for. */
  connections = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(manner: 'hang' | 'halve' | 'reset' | 'down'): Promise<BadReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bad = new BadReceiver(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      bad.connections += 1;
      socket.on('error', () => undefined);
      if (manner === 'reset') return void socket.resetAndDestroy();
      bad.sockets.add(socket);
      if (manner === 'halve') socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{'));
      socket.resume();
    });
    if (manner === 'down') server.close();
    return bad;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
