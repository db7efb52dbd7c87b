import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer on a connection, as far as it can be told from its text. */
export interface RawAnswer {
  status: number;
  headers: string;
  body: string;
}

/**
 * Says something on a new connection to the port of `url`, and hears all until it is closed, which must be within `patienceMs`.
 * `stays`: says no more, but does not end its half of the connection either.
 */
export async function say(url: string, text: string | Uint8Array, { patienceMs = 20_000, stays = false } = {}): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  const heard: Buffer[] = [];
  // A reset is the end that a server makes when not all was read.
  socket.on('data', (chunk: Buffer) => heard.push(chunk)).on('error', () => undefined);
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)));
  if (stays) socket.write(text);
  else socket.end(text);
  const timer = new AbortController();
  const inTime = await Promise.race([closed, sleep(patienceMs, false, { signal: timer.signal }).catch(() => false)]);
  timer.abort();
  socket.destroy();
  if (!inTime) throw new Error(`still open after ${patienceMs} ms; heard ${JSON.stringify(Buffer.concat(heard).toString().slice(0, 300))}`);
  return Buffer.concat(heard).toString();
}

/** The answers in what was heard. */
export const answersIn = (heard: string): RawAnswer[] =>
  heard.split(/(?=HTTP\/1\.1 \d{3} )/).filter(Boolean).map((text) => {
    const [head = '', ...rest] = text.split('\r\n\r\n');
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? NaN), headers: head.toLowerCase(), body: rest.join('\r\n\r\n') };
  });
