import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A receiver that hurts: `hang` takes connections and never says a word, `reset` ends each at once, `down` listens no more. */
export class BadReceiver {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(manner: 'hang' | 'reset' | 'down'): Promise<BadReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bad = new BadReceiver(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      if (manner === 'reset') return void socket.resetAndDestroy();
      bad.sockets.add(socket);
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
