import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../stack/until';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients, type Attempt } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

const AWAY_MS = 4_000;
const MOST_WARM_MS = 180_000;
const SENDERS = 16;
/** What an answer takes on the machine itself comes on top of the promised 2 s. */
const ANSWER_MS = 2_200;

/** Makes PostgreSQL be gone, or stand still; returns what brings it back. */
const AWAY = {
  'kill -9': async (arena: Arena) => (await arena.kill('postgres'), () => arena.revive('postgres')),
  SIGSTOP: (arena: Arena) => (arena.signalPostgres('SIGSTOP'), Promise.resolve(() => Promise.resolve(arena.signalPostgres('SIGCONT')))),
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

/** V8 widens its heap while it is let: what the same traffic takes without a fault is where growth begins. Gives the resident memory in MB. */
async function warm(clients: Clients, resident: () => number, mostMs: number): Promise<number> {
  const from = performance.now();
  const seen: number[] = [];
  const grows = (): boolean => seen.length < 4 || Math.max(...seen.slice(-3)) > Math.max(...seen.slice(0, -3)) + 5;
  do {
    await sendFor(clients, 5_000);
    seen.push(resident());
  } while (grows() && performance.now() - from < mostMs);
  return Math.max(...seen);
}

export const databaseAway: ChaosPromise = {
  name: 'G4',
  says: 'PostgreSQL away: a clear 503 in 2 s, no false acknowledgement, bounded memory, back by itself',
  rounds: { short: 2, long: 20 },
  roundSeconds: 60,
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 0 }).start();
    const before = await warm(clients, () => arena.residentMb('analytics-api'), rounds > 2 ? MOST_WARM_MS : 0);
    const ways = Object.entries(AWAY);
    const told: Attempt[] = [];
    let [recoveryMs, memoryMb] = [0, 0];
    for (let round = 0; round < rounds; round += 1) {
      const [, away] = ways[round % ways.length] as (typeof ways)[number];
      const back = await away(arena);
      try {
        told.push(...(await sendFor(clients, AWAY_MS)));
        memoryMb = Math.max(memoryMb, arena.residentMb('analytics-api') - before);
      } finally {
        await back();
      }
      const at = performance.now();
      const recovered = await until(async () => ((await clients.send(clients.newEvents(1))).attempt.status === 200 ? performance.now() : undefined), 60_000, 50);
      recoveryMs = Math.max(recoveryMs, (recovered ?? Number.POSITIVE_INFINITY) - at);
      memoryMb = Math.max(memoryMb, arena.residentMb('analytics-api') - before);
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const unclear = told.filter(({ status, retryAfter }) => status !== 503 || !retryAfter);
    const slowest = Math.max(...told.map(({ ms }) => ms));
    const problems = ledgerProblems(ledger);
    if (unclear.length > 0) problems.push(`${unclear.length} answers were not a 503 with Retry-After, such as ${JSON.stringify(unclear[0])}`);
    if (slowest > ANSWER_MS * leniency) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
    if (recoveryMs > 5_000 * leniency) problems.push(`back after ${recoveryMs.toFixed(0)} ms`);
    if (memoryMb > 50 * leniency) problems.push(`memory grew by ${memoryMb.toFixed(0)} MB`);
    return { faults: `PostgreSQL away ${rounds} x (${ways.map(([name]) => name).join(', ')})`, ledger, recoveryMs, memoryMb, figures: `${told.length} requests meanwhile, slowest answer ${slowest.toFixed(0)} ms`, problems };
  },
};
