import { once } from 'node:events';
import { LIVE_CHANNELS, LIVE_PATH, LIVE_SUBPROTOCOL } from '@shadower/domain';
import fc from 'fast-check';
import WebSocket from 'ws';
import { leakIn } from './findings';
import { nastyJson, nastyText, spoilt } from './nasty';
import type { FuzzTarget } from './fuzz-api';

const HANG_MS = 5_000;
const sub = { type: 'sub', id: 'a', ch: 'metrics', since: { epoch: 'x', offset: '1-1' } };
const right = fc.oneof(fc.constantFrom<Record<string, unknown>>(sub, { type: 'unsub', id: 'a' }, { type: 'ping' }, { type: 'pong' }), fc.constantFrom(...LIVE_CHANNELS).map((ch) => ({ type: 'sub', id: ch, ch })));
const frame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  right.chain(spoilt).map((message) => JSON.stringify(message)),
  spoilt(sub.since).map((since) => JSON.stringify({ ...sub, since })),
  nastyJson.map((value) => JSON.stringify(value) ?? ''),
  nastyText,
  fc.tuple(right, fc.nat(40)).map(([message, cut]) => JSON.stringify(message).slice(0, cut)),
  fc.uint8Array({ maxLength: 200 }),
  fc.constant('['.repeat(10_000)),
);

/** Sends frames on one socket; gives what is wrong. A socket that was closed with a code of ours is an answer too. */
async function complaintAbout(frames: readonly (string | Uint8Array)[], { url, token, workspace }: FuzzTarget, hangMs: number): Promise<string | undefined> {
  const address = new URL(`${LIVE_PATH}?workspace=${workspace}`, url.replace(/^http/, 'ws'));
  const socket = new WebSocket(address, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` } });
  const heard: string[] = [];
  let code: number | undefined;
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(([by]) => (code = by as number));
  try {
    await Promise.race([once(socket, 'open'), closed]);
    for (const each of frames) if (socket.readyState === WebSocket.OPEN) socket.send(each, { binary: typeof each !== 'string' });
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    const deadline = performance.now() + hangMs;
    while (code === undefined && !heard.some((text) => text.includes('"pong"'))) {
      if (performance.now() > deadline) return 'neither answers a ping nor closes';
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (code !== undefined && ![1003, 1007, 1009, 4400, 4429].includes(code)) return `closed with ${code}`;
    const leak = heard.map((text) => leakIn(text, frames.join(' '))).find(Boolean);
    return leak && `shows ${JSON.stringify(leak)}`;
  } finally {
    socket.terminate();
  }
}

/** Frames of every kind on live sockets, a few a socket. Throws fast-check's report when one is not answered as it should. */
export async function fuzzLive(target: FuzzTarget, { runs, seed, leniency = 1 }: { runs: number; seed: number; leniency?: number }): Promise<void> {
  const property = fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
    const complaint = await complaintAbout(frames, target, HANG_MS * leniency);
    if (complaint) throw new Error(complaint);
  });
  await fc.assert(property, { numRuns: runs, seed });
}
