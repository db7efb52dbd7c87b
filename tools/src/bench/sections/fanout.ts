import { LIVE_PATH, LIVE_SUBPROTOCOL, type LiveEntry } from '@shadower/domain';
import { connect, LiveStream } from '@shadower/redis';
import { until } from '../../stack/until';
import { demoToken } from '../../token/demo-token';
import { Audience } from '../audience';
import type { BenchContext } from '../bench-context';
import { median, type Measurement } from '../measurement';
import { cpuMicros } from '../process-usage';
import { interleaved } from '../rounds';
import type { Section } from '../section';

const ROUNDS = 5;
const CLIENTS = 1_000;
const FRAMES = 50;
const WORKSPACE = 'bench';
/** Alerts are never conflated: every entry is a frame to every client. */
const CHANNEL = 'alerts';

const entry = (n: number): LiveEntry => ({ ch: CHANNEL, ts: new Date().toISOString(), data: { alert: `a-${n}`, kind: 'quota', period: 'month', threshold: 80, used: '8012.25', limit: '10000', text: 'x'.repeat(60) } });

/** Waits until every client has every frame of a round; gives deliveries per second, and pushes the server's CPU time of one. */
async function deliver(audience: Audience, pid: number, cpu: number[], send: () => Promise<unknown>): Promise<number> {
  const [before, cpuBefore, began] = [audience.received, cpuMicros(pid), performance.now()];
  for (let frame = 0; frame < FRAMES; frame++) await send();
  const all = CLIENTS * FRAMES;
  if (!(await until(() => (audience.received - before >= all ? true : undefined), 60_000, 5))) throw new Error(`only ${audience.received - before} of ${all} frames came`);
  cpu.push((cpuMicros(pid) - cpuBefore) / all);
  return (all / (performance.now() - began)) * 1_000;
}

async function join(audience: Audience, url: string, options: Parameters<Audience['join']>[1]): Promise<void> {
  // In groups, so that no backlog of connections overflows.
  for (let joined = 0; joined < CLIENTS; joined += 100) await Promise.all(Array.from({ length: 100 }, () => audience.join(url, options)));
}

async function run(context: BenchContext): Promise<Measurement[]> {
  const { url } = await context.database('fanout');
  const redisUrl = context.redisUrl();
  const gateway = await context.app('websocket-gateway', url, redisUrl);
  const bare = await context.subject({ program: 'broadcaster', label: 'broadcaster', env: context.env(), readyPath: '/' });
  const redis = connect(redisUrl, 'blocking');
  const stream = new LiveStream(redis);
  const audiences = { ours: new Audience((frame) => frame.includes('"ev"')), bare: new Audience(() => true) };
  const cpu = { ours: [] as number[], bare: [] as number[] };
  const headers = { authorization: `Bearer ${await demoToken({ workspace: WORKSPACE })}` };
  let number = 0;
  try {
    await join(audiences.ours, `${gateway.url.replace('http', 'ws')}${LIVE_PATH}?workspace=${WORKSPACE}`, { protocol: LIVE_SUBPROTOCOL, headers, greeting: JSON.stringify({ type: 'sub', id: 'a', ch: CHANNEL }), ready: (frame) => frame.includes('sub.ok') });
    await join(audiences.bare, bare.url.replace('http', 'ws'), {});
    const rate = await interleaved(context.rounds(ROUNDS), {
      ours: () => deliver(audiences.ours, gateway.pid ?? 0, cpu.ours, () => stream.publish(WORKSPACE, entry(++number))),
      // The same bytes, as ours sent them.
      bare: () => deliver(audiences.bare, bare.pid, cpu.bare, () => fetch(bare.url, { method: 'POST', body: audiences.ours.lastFrame })),
    });
    const perDelivery = { ours: median(cpu.ours.slice(1)), bare: median(cpu.bare.slice(1)) };
    return [
      { name: `bare ws, ${CLIENTS.toLocaleString('en-US')} sockets`, value: rate.bare, unit: 'deliveries/s' },
      { name: 'ours', value: rate.ours, unit: 'deliveries/s', note: 'Redis stream to frame included' },
      { name: 'bare ws, server', value: perDelivery.bare, unit: 'us CPU/delivery' },
      { name: 'ours, server', value: perDelivery.ours, unit: 'us CPU/delivery' },
      { name: 'bare / ours, in CPU time', value: perDelivery.bare / perDelivery.ours, unit: 'ratio', goal: { atLeast: 0.7 }, note: `frames of ${audiences.ours.lastFrame.length} bytes` },
    ];
  } finally {
    for (const audience of Object.values(audiences)) audience.leave();
    redis.disconnect();
    await Promise.all([gateway.stop(), bare.stop()]);
  }
}

export const fanout: Section = { name: 'fanout', title: 'Live fan-out', run };
