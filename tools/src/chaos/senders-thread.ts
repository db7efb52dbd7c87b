import { parentPort } from 'node:worker_threads';
import type { Sent, Turn } from './senders';

/** The thread of `Senders`: plays one turn for each message, and posts what became of each body. */
async function post({ url, token }: Turn, body: string): Promise<Sent> {
  const began = performance.now();
  try {
    const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    return { status: response.status, ms: performance.now() - began, ...(response.ok ? {} : { refusal: text }) };
  } catch (error) {
    return { status: 0, ms: performance.now() - began, refusal: String(error) };
  }
}

async function play(turn: Turn): Promise<Sent[]> {
  const sent: Sent[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < turn.bodies.length; index = next++) sent[index] = await post(turn, turn.bodies[index] as string);
  };
  await Promise.all(Array.from({ length: turn.senders }, sender));
  return sent;
}

parentPort?.on('message', (turn: Turn) => void play(turn).then((sent) => parentPort?.postMessage(sent)));
