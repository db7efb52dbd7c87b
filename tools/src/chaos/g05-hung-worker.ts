import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../stack/app-process';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

/** They give a hung one up quickly, or a hundred rounds would take an hour. */
const IMPATIENT = { JOB_LOCK_MS: '1000', DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '1000' };
/** Longer than both. */
const HUNG_MS = 1_600;
const TRIES = 300;
/** Only a process that stands still leaves a transaction idle for longer than a scheduler's turn. */
const FROZEN = `SELECT FROM pg_stat_activity WHERE application_name = 'jobs-worker' AND state = 'idle in transaction' AND state_change < clock_timestamp() - $1 * interval '1 ms'`;
const OLDEST_MARK = 'SELECT min(mark) AS mark FROM dirty_buckets WHERE workspace_id = $1';

const isFrozen = async (arena: Arena, ms: number): Promise<boolean> => (await arena.sql(FROZEN, [ms])).length > 0;
const oldestMark = async (arena: Arena, workspace: string): Promise<string | null> => (await arena.sql<{ mark: string | null }>(OLDEST_MARK, [workspace]))[0]?.mark ?? null;

/** Stops the worker until it is caught with an open transaction; gives whether it was. It is looked at twice, for another may only have been slow. */
async function stopInTransaction(arena: Arena, worker: AppProcess): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    worker.kill('SIGSTOP');
    await sleep(80);
    if ((await isFrozen(arena, 60)) && (await sleep(240).then(() => isFrozen(arena, 300)))) return true;
    worker.kill('SIGCONT');
    await sleep(attempt % 17);
  }
  return false;
}

/** Stops the worker at a moment at which it holds no transaction: nobody waits for it. */
async function stopIdle(arena: Arena, worker: AppProcess | undefined): Promise<void> {
  worker?.kill('SIGSTOP');
  for (await sleep(80); await isFrozen(arena, 60); await sleep(80)) {
    worker?.kill('SIGCONT');
    await sleep(10);
    worker?.kill('SIGSTOP');
  }
}

export const hungWorker: ChaosPromise = {
  name: 'G5',
  says: 'a worker that hangs inside a transaction does no double work when it comes to itself',
  rounds: { short: 3, long: 100 },
  roundSeconds: 30,
  async run({ arena, random, seed, rounds, doing }) {
    const workspace = `chaos-${seed}`;
    const workers = [await arena.replica('jobs-worker', IMPATIENT), await arena.replica('jobs-worker', IMPATIENT)];
    // The patient one of the arena would do the work of the others.
    await stopIdle(arena, arena.stack.apps.get('jobs-worker'));
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 3, pauseMs: 30 }).start();
    let [caught, others] = [0, 0];
    try {
      for (let round = 0; caught < rounds && round < 2 * rounds; round += 1) {
        doing(`round ${round + 1}, ${caught} caught`);
        const worker = random.pick(workers);
        if (await stopInTransaction(arena, worker)) caught += 1;
        const left = await oldestMark(arena, workspace);
        await sleep(HUNG_MS);
        if (left !== null && (await oldestMark(arena, workspace)) !== left) others += 1;
        worker.kill('SIGCONT');
        await sleep(random.integer(0, 200));
      }
    } finally {
      await clients.stop();
      arena.stack.apps.get('jobs-worker')?.kill('SIGCONT');
    }
    doing('the comparison');
    const ledger = await checkLedger(arena, workspace, clients);
    await Promise.all(workers.map((worker) => worker.stop()));
    const problems = ledgerProblems(ledger);
    if (caught < rounds) problems.push(`a worker was caught inside a transaction ${caught} times instead of ${rounds}`);
    // Nothing can be done twice by a worker whose work nobody else does meanwhile.
    if (others === 0) problems.push('no other worker ever took over');
    return { faults: `SIGSTOP inside a transaction ${caught} x`, ledger, recoveryMs: ledger.settledMs, figures: `taken over by another ${others} x before it went on`, problems };
  },
};
