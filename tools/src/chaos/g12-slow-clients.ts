import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, LiveStream } from '@shadower/redis';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import type { Arena } from './arena';
import { HeavyClients } from './heavy-clients';
import { openLiveSocket } from './live-socket';
import { median, percentile } from './percentile';
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

async function sentAway({ arena }: Stage): Promise<number> {
  const { text } = await request(`${arena.stack.urls['websocket-gateway']}/metrics`);
  return Number(/^websocket_connections_total\{result="closed",reason="slow_consumer"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
}

type Heavy = 'none' | 'reading' | 'stopped';

/** Large frames are published; beside the others nobody gets them, or ten clients that read, or ten that have stopped reading. Answers the times from publishing to hearing of the others, in ms, and how many of theirs never came. */
async function turn(stage: Stage, heavy: Heavy): Promise<{ times: number[]; missing: number; peakMb: number }> {
  const { arena, stream, workspace, token } = stage;
  const target = { url: arena.stack.urls['websocket-gateway'], workspace, token };
  const times: number[] = [];
  const before = await sentAway(stage);
  const others = await Promise.all(Array.from({ length: OTHERS }, () => openLiveSocket(target, 'alerts', ({ data }) => times.push(performance.now() - Number(data['at'])))));
  const clients = heavy === 'none' ? undefined : await HeavyClients.start(target, STOPPED, heavy === 'reading');
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
  if (heavy === 'stopped') await until(async () => ((await sentAway(stage)) >= before + STOPPED ? true : undefined), 10_000, 200);
  for (const socket of others) socket.terminate();
  await clients?.stop();
  return { times, missing: expected - times.length, peakMb };
}

const p99 = (times: readonly number[]): number => percentile(times, 0.99);

export const slowClients: ChaosPromise = {
  name: 'G12',
  says: 'a slow live client hurts only itself',
  rounds: { short: 1, long: 9 },
  roundSeconds: 150,
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const redis = connect(arena.redis.url(), 'command');
    await once(redis, 'ready');
    const stage: Stage = { arena, workspace, token: await demoToken({ workspace }), stream: new LiveStream(redis) };
    const figures: Record<Heavy, number[]> = { none: [], reading: [], stopped: [] };
    const [ratios, growths]: [number[], number[]] = [[], []];
    let missing = 0;
    const before = await sentAway(stage);
    doing('a turn to warm up compilers and pools');
    await turn(stage, 'reading');
    for (let round = 0; round < rounds; round += 1) {
      doing(`round ${round + 1}`);
      // They take turns, so that the machine's other load falls on all.
      const [none, reading, stopped] = [await turn(stage, 'none'), await turn(stage, 'reading'), await turn(stage, 'stopped')];
      for (const [name, { times }] of Object.entries({ none, reading, stopped })) figures[name as Heavy].push(p99(times));
      ratios.push(p99(stopped.times) / p99(reading.times));
      growths.push(stopped.peakMb - reading.peakMb);
      missing += none.missing + reading.missing + stopped.missing;
    }
    const away = (await sentAway(stage)) - before;
    redis.disconnect();
    const [ratio, memoryMb] = [median(ratios), Math.max(...growths)];
    const problems: string[] = [];
    if (missing > 0) problems.push(`others missed ${missing} events`);
    if (away !== STOPPED * rounds) problems.push(`${away} of ${STOPPED * rounds} stopped readers were sent away`);
    if (memoryMb > 50 * leniency) problems.push(`the gateway grew by ${memoryMb.toFixed(0)} MB more`);
    // A percentile of one turn is no figure beside other work; the median of many rounds is.
    if (rounds > 1 && ratio > 1.1) problems.push(`p99 of the others is ${ratio.toFixed(2)} times that beside readers`);
    const times = Object.entries(figures).map(([name, values]) => `${name} ${median(values).toFixed(1)} ms`).join(', ');
    return { faults: `${STOPPED} of ${OTHERS + STOPPED} clients stop reading, ${rounds} x`, memoryMb, figures: `${away} of ${STOPPED * rounds} stopped readers sent away; others missed ${missing} of ${3 * rounds * OTHERS * FRAMES}; p99 of the others by the ten beside them: ${times}; stopped by reading ${ratio.toFixed(2)}`, problems };
  },
};
