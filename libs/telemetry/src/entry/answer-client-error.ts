import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { noteRefusal } from './http-hooks';
import { problemOf } from './problem';

const STATUS: Record<string, number> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 };

/** Node's own note of the answer that it is giving on a socket. */
type Answering = Socket & { _httpMessage?: ServerResponse | null };

/** Answers what Node refuses (headers too long, a request too slow or malformed) as every other refusal: with a problem, and with an id that is on a line. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const answering = (socket as Answering)._httpMessage;
  if (socket.writable && answering?.headersSent !== true) {
    const problem = problemOf({ statusCode: STATUS[error.code ?? ''] ?? 400 });
    const request_id = noteRefusal(answering, problem.status);
    const body = JSON.stringify({ ...problem, request_id });
    socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nx-request-id: ${request_id}\r\nConnection: close\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
