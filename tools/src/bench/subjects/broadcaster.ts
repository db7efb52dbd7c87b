import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** Sends the body of a POST to every socket: the least that a broadcast can cost. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const frame = Buffer.concat(chunks);
    if (frame.length > 0) for (const client of sockets.clients) client.send(frame, { binary: false });
    response.end();
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
server.listen(Number(process.env.PORT), '127.0.0.1');
