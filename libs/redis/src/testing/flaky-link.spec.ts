import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { FlakyLink } from './flaky-link';

/** Answers each pair of bytes with one. */
const answeringPairs = (socket: Socket): void => {
  let received = 0;
  socket.setNoDelay(true).on('data', (chunk) => {
    for (const _ of chunk) if ((received += 1) % 2 === 0) socket.write('!');
  });
};

describe('FlakyLink', () => {
  it('does not hold back small pieces while it is well', async () => {
    const server = createServer(answeringPairs).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = await FlakyLink.to(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const client = connect(Number(new URL(link.url).port), '127.0.0.1').setNoDelay(true);
    try {
      await once(client, 'connect');
      const exchange = async (): Promise<number> => {
        const begun = performance.now();
        client.write('a');
        await turn();
        await turn();
        client.write('b');
        await once(client, 'data');
        return performance.now() - begun;
      };
      const took: number[] = [];
      while (took.length < 60) took.push(await exchange());
      const median = took.slice(30).sort((a, b) => a - b)[15];
      expect(median).toBeLessThan(15);
    } finally {
      client.destroy();
      await link.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
