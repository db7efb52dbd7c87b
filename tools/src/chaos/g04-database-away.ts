import { setTimeout as sleep } from 'node:timers/promises';
import { APP_NAMES, type AppName } from '../stack/running-stack';
import { until } from '../stack/until';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients, type Attempt } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

/** Longer than an answer may take in the most lenient run: who waits for the end of the outage is seen to. */
const AWAY_MS = 6_000;
const MOST_WARM_MS = 180_000;
const SENDERS = 16;
/** What an answer takes on the machine itself comes on top of the promised 2 s. */
const ANSWER_MS = 2_200;

/** Makes PostgreSQL be gone, or stand still; returns what brings it back. */
const AWAY = {
  'kill -9': async (arena: Arena) => (await arena.kill('postgres'), () => arena.revive('postgres')),
  SIGSTOP: (arena: Arena) => {
    const goOn = arena.stopPostgres();
    return Promise.resolve(() => Promise.resolve(goOn()));
  },
};

async function sendFor(clients: Clients, ms: number): Promise<Attempt[]> {
  const from = performance.now();
  const told: Attempt[] = [];
  const sender = async (): Promise<void> => {
    while (performance.now() - from < ms) {
      told.push((await clients.send(clients.newEvents(5))).attempt);
      await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return told;
}

type Memory = Record<AppName, number>;

/** Resident, in MB. */
const memoryOf = (arena: Arena): Memory => Object.fromEntries(APP_NAMES.map((name) => [name, arena.residentMb(name)])) as Memory;

const mostOf = (looks: readonly Memory[]): Memory => Object.fromEntries(APP_NAMES.map((name) => [name, Math.max(...looks.map((look) => look[name]))])) as Memory;

/** V8 widens its heap while it is let: what the same traffic takes without a fault is where growth begins. */
async function warm(arena: Arena, clients: Clients, mostMs: number): Promise<Memory> {
  const from = performance.now();
  const looks: Memory[] = [];
  const grow = (): boolean => {
    const [before, lately] = [mostOf(looks.slice(0, -3)), mostOf(looks.slice(-3))];
    return looks.length < 4 || APP_NAMES.some((name) => lately[name] > before[name] + 5);
  };
  do {
    await sendFor(clients, 5_000);
    looks.push(memoryOf(arena));
  } while (grow() && performance.now() - from < mostMs);
  return mostOf(looks);
}

export const databaseAway: ChaosPromise = {
  name: 'G4',
  says: 'PostgreSQL away: a clear 503 in 2 s, no false acknowledgement, bounded memory, back by itself',
  rounds: { short: 2, long: 20 },
  roundSeconds: 60,
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 0 }).start();
    doing('the same traffic without a fault');
    const before = await warm(arena, clients, rounds > 2 ? MOST_WARM_MS : 0);
    const ways = Object.entries(AWAY);
    const told: Attempt[] = [];
    const looks: Memory[] = [];
    let recoveryMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [way, away] = ways[round % ways.length] as (typeof ways)[number];
      doing(`round ${round + 1}: ${way}`);
      const back = await away(arena);
      try {
        told.push(...(await sendFor(clients, AWAY_MS)));
        looks.push(memoryOf(arena));
      } finally {
        await back();
      }
      const at = performance.now();
      const recovered = await until(async () => ((await clients.send(clients.newEvents(1))).attempt.status === 200 ? performance.now() : undefined), 60_000, 50);
      recoveryMs = Math.max(recoveryMs, (recovered ?? Number.POSITIVE_INFINITY) - at);
      looks.push(memoryOf(arena));
    }
    doing('the comparison');
    const ledger = await checkLedger(arena, workspace, clients);
    const unclear = told.filter(({ status, retryAfter }) => status !== 503 || !retryAfter);
    const slowest = Math.max(...told.map(({ ms }) => ms));
    const problems = ledgerProblems(ledger);
    if (unclear.length > 0) problems.push(`${unclear.length} answers were not a 503 with Retry-After, such as ${JSON.stringify(unclear[0])}`);
    if (slowest > ANSWER_MS * leniency) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
    if (recoveryMs > 5_000 * leniency) problems.push(`back after ${recoveryMs.toFixed(0)} ms`);
    const most = mostOf(looks);
    const grown = APP_NAMES.map((name) => ({ name, mb: most[name] - before[name] }));
    const memoryMb = Math.max(...grown.map(({ mb }) => mb));
    for (const { name, mb } of grown) if (mb > 50 * leniency) problems.push(`memory of ${name} grew by ${mb.toFixed(0)} MB`);
    return { faults: `PostgreSQL away ${rounds} x (${ways.map(([name]) => name).join(', ')})`, ledger, recoveryMs, memoryMb, figures: `${told.length} requests meanwhile, slowest answer ${slowest.toFixed(0)} ms; ${grown.map(({ name, mb }) => `${name} ${mb >= 0 ? '+' : ''}${mb.toFixed(0)} MB`).join(', ')}`, problems };
  },
};
