import { checkLedger, marksOf, untilRolledUp } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

const EVENTS = 10_000;
const BATCH = 500;

export const emptyRedis: ChaosPromise = {
  name: 'G3',
  says: 'Redis that comes back empty costs delay only',
  rounds: { short: 1, long: 10 },
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 0 }).start();
    const worker = arena.stack.apps.get('jobs-worker');
    let slowest = 0;
    let pending = 0;
    for (let round = 0; round < rounds; round += 1) {
      // The worker stands still, so that all of them wait when Redis forgets the hints.
      worker?.kill('SIGSTOP');
      try {
        for (let sent = 0; sent < EVENTS; sent += BATCH) await clients.send(clients.newEvents(BATCH));
        await arena.kill('redis');
        await clients.send(clients.newEvents(BATCH));
        pending += await marksOf(arena, workspace);
        await arena.revive('redis');
      } finally {
        worker?.kill('SIGCONT');
      }
      slowest = Math.max(slowest, await untilRolledUp(arena, workspace));
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const problems = ledgerProblems(ledger);
    if (slowest > 5_000 * leniency) problems.push(`the last event was counted ${slowest.toFixed(0)} ms after Redis was back`);
    if (pending === 0) problems.push('nothing was pending');
    return { faults: `Redis killed and back empty ${rounds} x, ${pending} marks pending`, ledger, recoveryMs: slowest, problems };
  },
};
