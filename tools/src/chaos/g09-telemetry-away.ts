import { BenchChild } from '../bench/bench-child';
import { residentMb } from '../bench/process-usage';
import type { AppProcess } from '../stack/app-process';
import { freePort } from '../stack/port';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';
import { startSinks, telemetryTo, type TelemetrySinks } from './telemetry-sinks';

const MANNERS: Record<string, (sinks: TelemetrySinks) => void> = {
  down: ({ otlp, sentry }) => void Promise.all([otlp.close(), sentry.close()]),
  resetting: ({ otlp, sentry }) => (otlp.cut(), sentry.cut()),
  hanging: ({ otlp, sentry }) => (otlp.hang(), sentry.hang()),
  'answering 500': ({ receiver }) => void (receiver.answer = () => ({ status: 500, body: 'no' })),
};
/** V8 lets garbage lie while there is room, a hundred MB more or less: with little room, what stays in memory is what is held. */
const LITTLE_ROOM = { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=192' };
/** In a turn: for a figure, and for a look. */
const [REQUESTS, FEW_REQUESTS] = [300, 60];

/** The 99th percentile of the times of single requests, one after another, in ms. */
async function p99(clients: Clients, requests: number): Promise<number> {
  const times: number[] = [];
  for (let sent = 0; sent < requests; sent += 1) times.push((await clients.send(clients.newEvents(5))).attempt.ms);
  return times.sort((a, b) => a - b)[Math.floor(requests * 0.99)] as number;
}

/** Of the signal of which less was dropped: both receivers are away. */
async function dropped(app: AppProcess): Promise<number> {
  const { text } = await request(`${app.url}/metrics`);
  const of = (signal: string): number => [...text.matchAll(new RegExp(`^telemetry_dropped_total\\{signal="${signal}",[^}]*\\} (\\d+)`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
  return Math.min(of('traces'), of('errors'));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

export const telemetryAway: ChaosPromise = {
  name: 'G9',
  says: 'receivers of telemetry that are away never hurt the application',
  rounds: { short: 1, long: 9 },
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const names: string[] = [];
    const [ratios, growths, drops, exits]: [number[], number[], number[], string[]] = [[], [], [], []];
    let url = arena.api;
    const clients = await new Clients({ url: () => url, workspace, seed, count: 0 }).start();
    // Beside one whose receivers take as much and are well; they take turns, so that the machine's other load falls on both.
    const otlpPort = await freePort();
    const receivers = await BenchChild.start(arena.dataDir, { program: 'receivers', label: 'receivers', env: { OTLP_PORT: String(otlpPort) }, readyPath: '/' });
    arena.closers.push(() => receivers.stop());
    const taken = telemetryTo(`http://127.0.0.1:${otlpPort}`, receivers.url);
    const turn = (app: AppProcess): Promise<number> => ((url = app.url), p99(clients, rounds > 1 ? REQUESTS : FEW_REQUESTS));
    for (const [name, spoil] of Object.entries(MANNERS)) {
      const sinks = await startSinks();
      spoil(sinks);
      // Both new: memory grows fastest at first.
      const calm = await arena.replica('analytics-api', { ...taken, ...LITTLE_ROOM });
      const troubled = await arena.replica('analytics-api', { ...sinks.env, ...LITTLE_ROOM });
      await turn(calm);
      await turn(troubled);
      const began = [calm, troubled].map(({ pid }) => residentMb(pid as number));
      for (let round = 0; round < rounds; round += 1) ratios.push((1 / (await turn(calm))) * (await turn(troubled)));
      const grown = [calm, troubled].map(({ pid }, index) => residentMb(pid as number) - (began[index] as number));
      growths.push((grown[1] as number) - (grown[0] as number));
      // An export that hangs is given up after 10 s.
      drops.push((await until(async () => (await dropped(troubled)) || undefined, 30_000, 200)) ?? 0);
      exits.push(await troubled.stop(), await calm.stop());
      await sinks.stop();
      names.push(name);
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const problems = ledgerProblems(ledger);
    const [ratio, memoryMb] = [median(ratios), Math.max(...growths)];
    if (clients.failures.length > 0) problems.push(`${clients.failures.length} requests failed`);
    if (drops.includes(0)) problems.push(`drops that nobody sees: ${names.filter((_, index) => drops[index] === 0).join(', ')}`);
    if (exits.some((how) => !how.includes('code 0'))) problems.push(`an end: ${exits.join(', ')}`);
    if (memoryMb > 50 * leniency) problems.push(`memory grew by ${memoryMb.toFixed(0)} MB more`);
    // A percentile of 300 requests is no figure in one round beside other work; over nine rounds the median is.
    if (rounds > 1 && ratio > 1.1) problems.push(`p99 is ${ratio.toFixed(2)} times that of an app whose receivers are well`);
    return { faults: `OTLP and Sentry ${names.join(', ')}`, ledger, memoryMb, figures: `p99 ratio ${ratio.toFixed(2)}, dropped and counted ${drops.join(' / ')}`, problems };
  },
};
