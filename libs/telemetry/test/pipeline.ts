import { connect } from 'node:net';

/** Sends requests without bodies over one connection without waiting in between (RFC 9112 section 9.3.2); resolves to their status codes. */
export function pipeline(url: string, requests: readonly { method: string; path: string }[]): Promise<number[]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname);
    const heads = requests.map(({ method, path }, index) => `${method} ${path} HTTP/1.1\r\nHost: test\r\n${method === 'GET' ? '' : 'Content-Length: 0\r\n'}${index === requests.length - 1 ? 'Connection: close\r\n' : ''}\r\n`);
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('end', () => resolve([...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))));
    socket.write(heads.join(''));
  });
}
