import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemOf } from '@shadower/telemetry';

/** Answers an upgrade that is not to be: an HTTP problem, and the end of the connection. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(problem.retry_after_ms === undefined ? [] : [`Retry-After: ${Math.ceil(problem.retry_after_ms / 1_000)}`]),
  ];
  // The socket of an upgrade may stay half open: its other side would hold it for as long as it likes, and with it the server's close.
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
