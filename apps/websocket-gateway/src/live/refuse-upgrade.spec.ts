import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AppError } from '@shadower/domain';
import { refuseUpgrade } from './refuse-upgrade';

it('answers in HTTP and lets go of a client that never ends its own side', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (_, socket) => refuseUpgrade(socket, new AppError('unavailable', 'This gateway is shutting down.', { retryAfterMs: 1_500 })));
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  client.write('GET /live HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const answer = await text(client);
  expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*Retry-After: 2\r\n\r\n\{.*"code":"unavailable".*\}$/);
  const closed = once(server, 'close');
  server.close();
  const left = await Promise.race([closed.then(() => 'nobody'), new Promise((resolve) => setTimeout(resolve, 1_000, 'a socket'))]);
  client.destroy();
  expect(left).toBe('nobody');
});
