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
const FROZEN = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'jobs-worker' AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '60 ms'`;

/** Stops the worker until it is caught with an open transaction; gives whether it was. */
async function stopInTransaction(arena: Arena, worker: AppProcess): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    worker.kill('SIGSTOP');
    await sleep(80);
    if ((await arena.sql(FROZEN)).length > 0) return true;
    worker.kill('SIGCONT');
    await sleep(attempt % 17);
  }
  return false;
}

export const hungWorker: ChaosPromise = {
  name: 'G5',
  says: 'a worker that hangs inside a transaction does no double work when it comes to itself',
  rounds: { short: 3, long: 100 },
  async run({ arena, random, seed, rounds }) {
    const workspace = `chaos-${seed}`;
    const workers = [await arena.replica('jobs-worker', IMPATIENT), await arena.replica('jobs-worker', IMPATIENT)];
    // The patient one of the arena would do the work of the others.
    arena.stack.apps.get('jobs-worker')?.kill('SIGSTOP');
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 3, pauseMs: 30 }).start();
    let caught = 0;
    try {
      for (let round = 0; round < rounds; round += 1) {
        const worker = random.pick(workers);
        if (await stopInTransaction(arena, worker)) caught += 1;
        await sleep(HUNG_MS);
        worker.kill('SIGCONT');
        await sleep(random.integer(0, 200));
      }
    } finally {
      await clients.stop();
      arena.stack.apps.get('jobs-worker')?.kill('SIGCONT');
    }
    const ledger = await checkLedger(arena, workspace, clients);
    await Promise.all(workers.map((worker) => worker.stop()));
    const problems = ledgerProblems(ledger);
    if (caught === 0) problems.push('no worker was caught inside a transaction');
    return { faults: `SIGSTOP ${rounds} x, ${caught} inside a transaction`, ledger, recoveryMs: ledger.settledMs, problems };
  },
};
