import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../../stack/app-process';
import { demoToken } from '../../token/demo-token';
import type { BenchContext } from '../bench-context';
import { httpIngest, Rounds, ROWS } from '../http-ingest';
import { load } from '../load';
import { median, type Measurement } from '../measurement';
import { cpuMicros } from '../process-usage';
import { QUERIES } from '../query-contest';
import { interleaved } from '../rounds';
import type { Section } from '../section';

const ROUNDS = 5;
const CLIENTS = 4;
const QUESTIONS = 300;
/** Everything that the environment can switch off; metrics and ids stay, for nothing can switch them off. */
const OFF = { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_TRACES_SAMPLER_ARG: '0', SENTRY_DSN: undefined, LOG_LEVEL: 'silent' };

type Side = 'on' | 'off';
interface Contestant {
  app: AppProcess;
  cpu: { ingest: number[]; query: number[] };
}

/** Runs one round and notes what it cost the API's process per unit of work. */
async function costed({ app }: Contestant, cpu: number[], units: number, round: () => Promise<number>): Promise<number> {
  const before = cpuMicros(app.pid ?? 0);
  const rate = await round();
  cpu.push((cpuMicros(app.pid ?? 0) - before) / units);
  return rate;
}

async function asker(app: AppProcess, workspace: string): Promise<() => Promise<number>> {
  const headers = { authorization: `Bearer ${await demoToken({ workspace })}` };
  let turn = 0;
  return async () => {
    const began = performance.now();
    await load({ url: `${app.url}/api/v1/workspaces/${workspace}/${QUERIES.credits(turn++)}`, headers, requests: QUESTIONS, connections: CLIENTS });
    return (QUESTIONS / (performance.now() - began)) * 1_000;
  };
}

async function run(context: BenchContext): Promise<Measurement[]> {
  const { url } = await context.database('routes');
  const redisUrl = context.redisUrl();
  const start = async (own: NodeJS.ProcessEnv): Promise<Contestant> => ({ app: await context.app('analytics-api', url, redisUrl, own), cpu: { ingest: [], query: [] } });
  const sides: Record<Side, Contestant> = { on: await start({}), off: await start(OFF) };
  const rounds = new Rounds();
  const send = { on: await httpIngest(sides.on.app.url, rounds, 'on', CLIENTS), off: await httpIngest(sides.off.app.url, rounds, 'off', CLIENTS) };
  const ingest = await interleaved(context.rounds(ROUNDS), {
    on: () => costed(sides.on, sides.on.cpu.ingest, ROWS, send.on),
    off: () => costed(sides.off, sides.off.cpu.ingest, ROWS, send.off),
  });
  // The same question of the same rollups, over what the rounds before stored.
  const worker = await context.app('jobs-worker', url, redisUrl);
  await sleep(3_000);
  const ask = { on: await asker(sides.on.app, 'on'), off: await asker(sides.off.app, 'on') };
  const query = await interleaved(context.rounds(ROUNDS), {
    on: () => costed(sides.on, sides.on.cpu.query, QUESTIONS, ask.on),
    off: () => costed(sides.off, sides.off.cpu.query, QUESTIONS, ask.off),
  });
  await Promise.all([sides.on.app.stop(), sides.off.app.stop(), worker.stop()]);
  return [
    { name: 'ingest, telemetry off', value: ingest.off, unit: 'rows/s' },
    { name: 'ingest, telemetry on', value: ingest.on, unit: 'rows/s' },
    { name: 'ingest, on / off', value: ingest.on / ingest.off, unit: 'ratio', goal: { atLeast: 0.9 } },
    { name: 'ingest, API process, off', value: median(sides.off.cpu.ingest.slice(1)), unit: 'us CPU/event' },
    { name: 'ingest, API process, on', value: median(sides.on.cpu.ingest.slice(1)), unit: 'us CPU/event' },
    { name: 'credits query, telemetry off', value: query.off, unit: 'requests/s' },
    { name: 'credits query, telemetry on', value: query.on, unit: 'requests/s' },
    { name: 'credits query, on / off', value: query.on / query.off, unit: 'ratio', goal: { atLeast: 0.9 } },
    { name: 'credits query, API process, off', value: median(sides.off.cpu.query.slice(1)), unit: 'us CPU/request' },
    { name: 'credits query, API process, on', value: median(sides.on.cpu.query.slice(1)), unit: 'us CPU/request' },
  ];
}

export const routes: Section = { name: 'routes', title: 'Real routes with telemetry on and off', run };
