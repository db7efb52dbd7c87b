import { until } from '../stack/until';
import { checkLedger, untilRolledUp } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

const EVENTS = 10_000;
const BATCH = 500;
const PENDING = `SELECT count(*)::int AS n FROM events e WHERE workspace_id = $1 AND EXISTS (SELECT FROM dirty_buckets d WHERE d.workspace_id = $1 AND d.bucket = date_bin('15 minutes', e.time, '2000-01-01Z'))`;

export const emptyRedis: ChaosPromise = {
  name: 'G3',
  says: 'Redis that comes back empty costs delay only',
  rounds: { short: 1, long: 10 },
  roundSeconds: 60,
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 0 }).start();
    const worker = arena.stack.apps.get('jobs-worker');
    let slowest = 0;
    let pending = Number.POSITIVE_INFINITY;
    const batch = async (): Promise<void> => {
      const events = clients.newEvents(BATCH);
      await until(async () => ((await clients.send(events)).attempt.status === 200 ? true : undefined), 10_000, 100);
    };
    for (let round = 0; round < rounds; round += 1) {
      // The worker stands still, so that all of them wait when Redis forgets the hints.
      doing(`round ${round + 1}: events while the worker stands still`);
      worker?.kill('SIGSTOP');
      try {
        for (let sent = 0; sent < EVENTS; sent += BATCH) await batch();
        await arena.kill('redis');
        await batch();
        pending = Math.min(pending, (await arena.sql<{ n: number }>(PENDING, [workspace]))[0]?.n ?? 0);
        await arena.revive('redis');
      } finally {
        worker?.kill('SIGCONT');
      }
      doing(`round ${round + 1}: rollups after the return of Redis`);
      slowest = Math.max(slowest, await untilRolledUp(arena, workspace));
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const problems = ledgerProblems(ledger);
    if (slowest > 5_000 * leniency) problems.push(`the last event was counted ${slowest.toFixed(0)} ms after Redis was back`);
    if (pending < EVENTS) problems.push(`no more than ${pending} events were pending`);
    // Among them those that were sent while Redis was away: that must keep nobody from acknowledging.
    if (clients.acknowledged.size < clients.sent.size) problems.push(`${clients.sent.size - clients.acknowledged.size} events were not acknowledged within 10 s`);
    return { faults: `Redis killed and back empty ${rounds} x, ${pending} events pending or more`, ledger, recoveryMs: slowest, problems };
  },
};
