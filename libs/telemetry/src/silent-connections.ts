import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which nobody has said anything yet: browsers and pools open some ahead. To Node they are not idle but about to begin, so
 * `closeIdleConnections` leaves them, and one of them would hold a server that ends open until its owner lets go. Returns what closes them.
 */
export function silentConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
}
