import { BenchChild } from '../bench/bench-child';
import { residentMb } from '../bench/process-usage';
import type { SeededRandom } from '../demo/seeded-random';
import { freePort } from '../stack/port';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import { checkLedger, untilRolledUp } from './check-ledger';
import { Clients } from './clients';
import { p99Ratio, type P99Ratio, type Round } from './p99-ratio';
import { ledgerProblems, type ChaosPromise, type ChaosRun } from './promise';
import { Senders, type Sent } from './senders';
import { MANNERS, type Manner, type Subject } from './telemetry-manners';
import { telemetryTo } from './telemetry-sinks';

/** V8 lets garbage lie while there is room, a hundred MB more or less: with little room, what stays in memory is what is held. */
const LITTLE_ROOM = { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=192' };
const SENDERS = 3;
/** In a turn: for a figure, and for a look. */
const [REQUESTS, FEW_REQUESTS] = [400, 90];
/** By that of one whose receivers are well. */
const MOST_P99 = 1.1;
/** The exporter of traces tries again more and more seldom, and may sleep two minutes. */
const [ARRIVES_MS, ARRIVES_AGAIN_MS, SEEN_MS] = [15_000, 150_000, 30_000];

/** What was done to one pair of applications. */
interface Suffered {
  played: readonly Round[];
  growthMb: number;
  /** Of the signal of which less was dropped. */
  dropped: number;
  problems: string[];
}

interface Stage extends ChaosRun {
  well: NodeJS.ProcessEnv;
  token: string;
  workspace: string;
  calm?: Subject;
  /** Sends so many batches; gives their times, in ms. */
  times(app: Subject, options?: { requests?: number; warmsUp?: boolean }): Promise<number[]>;
}

async function dropped(app: Subject, signals: Manner['signals']): Promise<number> {
  const { text } = await request(`${app.url}/metrics`);
  const of = (signal: string): number => [...text.matchAll(new RegExp(`^telemetry_dropped_total\\{signal="${signal}",[^}]*\\} (\\d+)`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
  return Math.min(...signals.map(of));
}

/** Questions with long statements, to fill what the application may keep of its log; gives how many. */
async function ask({ workspace, token }: Stage, app: Subject, enough: (asked: number) => boolean | Promise<boolean>): Promise<number> {
  const began = performance.now();
  let asked = 0;
  for (; performance.now() - began < 2 * SEEN_MS && !(await enough(asked)); asked += 100) {
    const some = async (): Promise<void> => {
      for (let n = 0; n < 20; n += 1) await request(`${app.url}/api/v1/workspaces/${workspace}/overview`, { token });
    };
    await Promise.all(Array.from({ length: 5 }, some));
  }
  return asked;
}

async function suffer(stage: Stage, name: string, manner: Manner): Promise<Suffered> {
  const { arena, rounds, times, well } = stage;
  const problems: string[] = [];
  // Both new, for memory grows fastest at first; in the short form one stands beside all.
  const calm = stage.calm ?? (await manner.calm(arena, LITTLE_ROOM, well));
  if (rounds === 1) stage.calm = calm;
  const { app: troubled, arrived, spoil, mend, close } = await manner.troubled(arena, LITTLE_ROOM, well);
  const arrives = async (patienceMs: number): Promise<boolean> => {
    const before = arrived();
    return (await until(async () => (await times(troubled, { requests: 1 }), arrived() > before || undefined), patienceMs, 500)) === true;
  };
  for (const app of [calm, troubled]) await times(app, { warmsUp: true });
  if (!(await arrives(ARRIVES_MS))) problems.push(`${name}: nothing arrived before it`);
  const began = [calm, troubled].map(({ pid }) => residentMb(pid as number));
  await spoil();
  const played = await compare(stage, calm, troubled);
  // An export that hangs is given up after seconds; of the log 8 MiB wait before a line is dropped.
  const asked = manner.signals.includes('logs') ? await ask(stage, troubled, async () => (await dropped(troubled, manner.signals)) > 0) : 0;
  if (rounds > 1) await ask(stage, calm, (n) => n >= asked);
  const lost = (await until(async () => (await dropped(troubled, manner.signals)) || undefined, SEEN_MS, 200)) ?? 0;
  if (lost === 0) problems.push(`${name}: drops that nobody sees`);
  const grown = [calm, troubled].map(({ pid }, index) => residentMb(pid as number) - (began[index] as number));
  if (mend) {
    await mend();
    if (!(await arrives(ARRIVES_AGAIN_MS))) problems.push(`${name}: nothing arrived after it`);
    await spoil();
  }
  const ends = [await troubled.stop(), ...(rounds > 1 ? [await calm.stop()] : [])];
  await close();
  if (ends.some((how) => !how.includes('code 0'))) problems.push(`${name}: an end: ${ends.join(', ')}`);
  return { played, growthMb: (grown[1] as number) - (grown[0] as number), dropped: lost, problems };
}

async function compare({ arena, workspace, rounds, times }: Stage, calm: Subject, troubled: Subject): Promise<Round[]> {
  // Its rollups take a core in bursts, which fall on the one or the other: it stands still once it has nothing left to do.
  const worker = arena.stack.apps.get('jobs-worker');
  await untilRolledUp(arena, workspace);
  worker?.kill('SIGSTOP');
  const played: Round[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      // They take turns, and the first of a turn is now the one and now the other: the machine's other load falls on both.
      const [first, second] = round % 2 === 0 ? [calm, troubled] : [troubled, calm];
      const took = new Map([[first, await times(first)]]).set(second, await times(second));
      played.push({ calm: took.get(calm) as number[], troubled: took.get(troubled) as number[] });
    }
  } finally {
    worker?.kill('SIGCONT');
  }
  return played;
}

const told = ({ ratio, low, high }: P99Ratio): string => `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

/** The p99 of each kind, and of all together. That of one is uncertain by a quarter: it is too high when all of its interval is. */
function judgeTimes(suffered: readonly [string, Suffered][], random: SeededRandom): { p99s: string[]; slow: string[] } {
  const ratios = suffered.map(([name, { played }]) => ({ name, ...p99Ratio(played, random) }));
  const all = { name: 'all together', ...p99Ratio(suffered.flatMap(([, { played }]) => played), random) };
  const slow = [...ratios.filter(({ low }) => low > MOST_P99), ...(all.ratio > MOST_P99 ? [all] : [])];
  return { p99s: [...ratios, all].map((p99) => `${p99.name} x ${told(p99)}`), slow: slow.map((p99) => `${p99.name}: p99 is ${told(p99)} times that of an app whose receivers are well`) };
}

export const telemetryAway: ChaosPromise = {
  name: 'G9',
  says: 'receivers of telemetry that are away never hurt the application',
  rounds: { short: 1, long: 30 },
  roundSeconds: 60,
  async run(run) {
    const { arena, seed, rounds, leniency } = run;
    const workspace = `chaos-${seed}`;
    const token = await demoToken({ workspace });
    const clients = new Clients({ url: () => arena.api, workspace, seed });
    const senders = new Senders();
    arena.closers.push(() => senders.stop());
    // What the calm ones send to takes as much and is well: a program of its own.
    const otlpPort = await freePort();
    const sinks = await BenchChild.start(arena.dataDir, { program: 'receivers', label: 'receivers', env: { OTLP_PORT: String(otlpPort) }, readyPath: '/' });
    arena.closers.push(() => sinks.stop());
    const failures: Sent[] = [];
    const times: Stage['times'] = async (app, { requests = rounds > 1 ? REQUESTS : FEW_REQUESTS, warmsUp = false } = {}) => {
      const batches = Array.from({ length: requests }, () => {
        const events = clients.newEvents(5);
        clients.announce(events);
        return events;
      });
      const sent = await senders.play({ url: `${app.url}/api/v1/workspaces/${workspace}/events`, token, bodies: batches.map((events) => JSON.stringify({ events })), senders: SENDERS });
      clients.acknowledge(batches.filter((_, index) => sent[index]?.status === 200).flat());
      // Whether a new process has connections for all at once has nothing to do with its telemetry.
      if (!warmsUp) failures.push(...sent.filter(({ status }) => status !== 200));
      return sent.map(({ ms }) => ms);
    };
    const stage: Stage = { ...run, well: telemetryTo(`http://127.0.0.1:${otlpPort}`, sinks.url), token, workspace, times };
    const suffered: [string, Suffered][] = [];
    for (const [name, manner] of Object.entries(MANNERS)) {
      run.doing(name);
      suffered.push([name, await suffer(stage, name, manner)]);
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const problems = [...ledgerProblems(ledger), ...suffered.flatMap(([, { problems: own }]) => own)];
    if (failures.length > 0) problems.push(`${failures.length} requests failed, such as ${JSON.stringify(failures[0])}`);
    const memoryMb = Math.max(...suffered.map(([, { growthMb }]) => growthMb));
    if (memoryMb > 50 * leniency) problems.push(`memory grew by ${memoryMb.toFixed(0)} MB more`);
    // One round of 90 requests, beside other work, is no figure.
    const { p99s, slow } = rounds > 1 ? judgeTimes(suffered, run.random) : { p99s: [], slow: [] };
    problems.push(...slow);
    const figures = suffered.map(([name, { growthMb, dropped: lost }]) => `${name}: ${growthMb >= 0 ? '+' : ''}${growthMb.toFixed(0)} MB, ${lost} drops counted`);
    if (p99s.length > 0) figures.push(`p99: ${p99s.join(', ')}`);
    return { faults: `OTLP and Sentry, or the log: ${Object.keys(MANNERS).join(', ')}`, ledger, memoryMb, figures: figures.join('; '), problems };
  },
};
