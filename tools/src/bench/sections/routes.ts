import { Client } from 'pg';
import type { AppProcess } from '../../stack/app-process';
import { until } from '../../stack/until';
import { demoToken } from '../../token/demo-token';
import type { BenchContext } from '../bench-context';
import { dirtyCount } from '../history';
import { BATCH, httpIngest, Rounds } from '../http-ingest';
import { load } from '../load';
import type { Measurement } from '../measurement';
import { cpuMicros } from '../process-usage';
import { QUERIES } from '../query-contest';
import { paired, type Pair, type Turn } from '../rounds';
import type { Section } from '../section';

const ROUNDS = 15;
const CLIENTS = 4;
/** Of one turn: half a second or so, long beside a request and short beside what else goes on. */
const EVENTS = 8 * BATCH;
const QUESTIONS = 100;
/** Everything that the environment can switch off; metrics and ids stay, for nothing can switch them off. */
const OFF = { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, OTEL_TRACES_SAMPLER_ARG: '0', SENTRY_DSN: undefined, LOG_LEVEL: 'silent' };

/** A turn of `units`, with what it cost the API's process. */
const costed = (app: AppProcess, units: number, work: () => Promise<number>) => async (): Promise<Turn> => {
  const before = cpuMicros(app.pid ?? 0);
  const rate = await work();
  return { rate, cpu: (cpuMicros(app.pid ?? 0) - before) / units };
};

async function asker(app: AppProcess, workspace: string): Promise<() => Promise<number>> {
  const headers = { authorization: `Bearer ${await demoToken({ workspace })}` };
  let turn = 0;
  return async () => {
    const began = performance.now();
    await load({ url: `${app.url}/api/v1/workspaces/${workspace}/${QUERIES.credits(turn++)}`, headers, requests: QUESTIONS, connections: CLIENTS });
    return (QUESTIONS / (performance.now() - began)) * 1_000;
  };
}

async function rolledUp(adminUrl: string, workspace: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const done = await until(async () => ((await dirtyCount(client, workspace)) === 0 ? true : undefined), 120_000, 250);
    if (!done) throw new Error('the worker did not roll up in time');
  } finally {
    await client.end();
  }
}

function rows(what: string, { on, off, rate, cpu }: Pair, units: { rate: Measurement['unit']; cpu: Measurement['unit'] }): Measurement[] {
  const spread = ([low, , high]: Pair['rate']): string => `half of the rounds: ${low.toFixed(2)} to ${high.toFixed(2)}`;
  return [
    { name: `${what}, telemetry off`, value: off.rate, unit: units.rate },
    { name: `${what}, telemetry on`, value: on.rate, unit: units.rate },
    { name: `${what}, on / off`, value: rate[1], unit: 'ratio', goal: { atLeast: 0.9 }, note: spread(rate) },
    { name: `${what}, API process, off`, value: off.cpu, unit: units.cpu },
    { name: `${what}, API process, on`, value: on.cpu, unit: units.cpu },
    { name: `${what}, API process, on / off`, value: cpu[1], unit: 'ratio', note: spread(cpu) },
  ];
}

async function run(context: BenchContext): Promise<Measurement[]> {
  const { url, adminUrl } = await context.database('routes');
  const redisUrl = context.redisUrl();
  const [on, off] = [await context.app('analytics-api', url, redisUrl), await context.app('analytics-api', url, redisUrl, OFF)];
  const rounds = new Rounds(EVENTS);
  const ingest = await paired(context.rounds(ROUNDS), {
    on: costed(on, EVENTS, await httpIngest(on.url, rounds, 'on', CLIENTS)),
    off: costed(off, EVENTS, await httpIngest(off.url, rounds, 'off', CLIENTS)),
  });
  // Both ask the same of the rollups of one workspace, and nothing else runs beside by then.
  const worker = await context.app('jobs-worker', url, redisUrl);
  await rolledUp(adminUrl, 'on').finally(() => worker.stop());
  const query = await paired(context.rounds(ROUNDS), { on: costed(on, QUESTIONS, await asker(on, 'on')), off: costed(off, QUESTIONS, await asker(off, 'on')) });
  await Promise.all([on.stop(), off.stop()]);
  return [...rows('ingest', ingest, { rate: 'rows/s', cpu: 'us CPU/event' }), ...rows('credits query', query, { rate: 'requests/s', cpu: 'us CPU/request' })];
}

export const routes: Section = { name: 'routes', title: 'Real routes with telemetry on and off', run };
