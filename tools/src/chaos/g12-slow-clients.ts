import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIVE_PATH, LIVE_SUBPROTOCOL, type LiveChannel, type ServerMessage } from '@shadower/domain';
import { connect, LiveStream } from '@shadower/redis';
import WebSocket from 'ws';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import type { Arena } from './arena';
import type { ChaosPromise } from './promise';

const [STOPPED, OTHERS] = [10, 190];
/** Together more than the kernel's buffers for a connection hold (some 10 MB), so that the rest would wait in the gateway. */
const [FRAMES, FRAME_BYTES, EVERY_MS] = [240, 100_000, 50];
const filler = 'x'.repeat(FRAME_BYTES);

interface Stage {
  arena: Arena;
  workspace: string;
  token: string;
  stream: LiveStream;
}

/** Opens a socket and subscribes to one channel. `onEvent` gets what is told after that. */
async function join({ arena, workspace, token }: Stage, ch: LiveChannel, onEvent?: (frame: Extract<ServerMessage, { type: 'ev' }>) => void): Promise<WebSocket> {
  const url = `${arena.stack.urls['websocket-gateway'].replace(/^http/, 'ws')}${LIVE_PATH}?workspace=${workspace}`;
  const socket = new WebSocket(url, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'sub', id: ch, ch }));
  await new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer) => {
      // Large frames are only taken off the line.
      if (data.length > FRAME_BYTES) return;
      const frame = JSON.parse(data.toString()) as ServerMessage;
      if (frame.type === 'sub.ok') resolve();
      else if (frame.type === 'ev') onEvent?.(frame);
    }),
  );
  return socket;
}

async function sentAway({ arena }: Stage): Promise<number> {
  const { text } = await request(`${arena.stack.urls['websocket-gateway']}/metrics`);
  return Number(/^websocket_connections_total\{result="closed",reason="slow_consumer"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
}

/** Beside the others ten clients get large frames, and read them or not. Answers the times from publishing to hearing of the others, in ms, and how many of theirs never came. */
async function turn(stage: Stage, reads: boolean): Promise<{ times: number[]; missing: number; peakMb: number }> {
  const { arena, stream, workspace } = stage;
  const times: number[] = [];
  const before = await sentAway(stage);
  const others = await Promise.all(Array.from({ length: OTHERS }, () => join(stage, 'alerts', ({ data }) => times.push(performance.now() - Number(data['at'])))));
  const heavy = await Promise.all(Array.from({ length: STOPPED }, () => join(stage, 'exports')));
  if (!reads) for (const socket of heavy) socket.pause();
  let peakMb = 0;
  for (let n = 0; n < FRAMES; n += 1) {
    const ts = new Date().toISOString();
    await stream.publish(workspace, { ch: 'exports', ts, data: { filler } });
    await stream.publish(workspace, { ch: 'alerts', ts, data: { at: performance.now() } });
    peakMb = Math.max(peakMb, arena.residentMb('websocket-gateway'));
    await sleep(EVERY_MS);
  }
  const expected = OTHERS * FRAMES;
  await until(() => (times.length >= expected ? true : undefined), 10_000);
  if (!reads) await until(async () => ((await sentAway(stage)) >= before + STOPPED ? true : undefined), 10_000, 200);
  for (const socket of [...others, ...heavy]) socket.terminate();
  return { times, missing: expected - times.length, peakMb };
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const p99 = (times: readonly number[]): number => sorted(times)[Math.floor(times.length * 0.99)] as number;
const median = (values: readonly number[]): number => sorted(values)[Math.floor(values.length / 2)] as number;

export const slowClients: ChaosPromise = {
  name: 'G12',
  says: 'a slow live client hurts only itself',
  rounds: { short: 1, long: 9 },
  roundSeconds: 150,
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const redis = connect(arena.redis.url(), 'command');
    await once(redis, 'ready');
    const stage: Stage = { arena, workspace, token: await demoToken({ workspace }), stream: new LiveStream(redis) };
    const [ratios, calm, troubled, growths]: [number[], number[], number[], number[]] = [[], [], [], []];
    let missing = 0;
    const before = await sentAway(stage);
    // The first turn warms up: compilers and pools.
    await turn(stage, true);
    for (let round = 0; round < rounds; round += 1) {
      // They take turns, so that the machine's other load falls on both.
      const [read, stopped] = [await turn(stage, true), await turn(stage, false)];
      calm.push(p99(read.times));
      troubled.push(p99(stopped.times));
      ratios.push(p99(stopped.times) / p99(read.times));
      growths.push(stopped.peakMb - read.peakMb);
      missing += read.missing + stopped.missing;
    }
    const away = (await sentAway(stage)) - before;
    redis.disconnect();
    const [ratio, memoryMb] = [median(ratios), median(growths)];
    const problems: string[] = [];
    if (missing > 0) problems.push(`others missed ${missing} events`);
    if (away !== STOPPED * rounds) problems.push(`${away} of ${STOPPED * rounds} stopped readers were sent away`);
    if (memoryMb > 50 * leniency) problems.push(`the gateway grew by ${memoryMb.toFixed(0)} MB more`);
    // A percentile of one turn is no figure beside other work; the median of many rounds is.
    if (rounds > 1 && ratio > 1.1) problems.push(`p99 of the others is ${ratio.toFixed(2)} times that beside readers`);
    const figures = `${away} of ${STOPPED * rounds} stopped readers sent away; others ${missing} of ${2 * rounds * OTHERS * FRAMES} missed, p99 ${median(troubled).toFixed(1)} ms beside stopped, ${median(calm).toFixed(1)} ms beside reading clients, ratio ${ratio.toFixed(2)}`;
    return { faults: `${STOPPED} of ${OTHERS + STOPPED} clients stop reading, ${rounds} x`, memoryMb, figures, problems };
  },
};
