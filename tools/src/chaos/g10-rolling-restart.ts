import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUES } from '@shadower/domain';
import { connect, JobQueues } from '@shadower/redis';
import { until } from '../stack/until';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { Fleet, type Leave } from './fleet';
import { ledgerProblems, type ChaosPromise } from './promise';

const LEAVE_MS = 25_000;

/** Jobs that another worker had to take over because their own was gone. Whichever notices tells of it, also the arena's own, which stays. */
function stalledJobs(arena: Arena): number {
  const folders = ['.', ...readdirSync(arena.dataDir).filter((name) => name.startsWith('replica-'))];
  const logs = folders.flatMap((folder) => readdirSync(join(arena.dataDir, folder, 'logs')).map((file) => join(arena.dataDir, folder, 'logs', file)));
  return logs.reduce((sum, file) => sum + readFileSync(file, 'utf8').split('a job stalled and runs again').length - 1, 0);
}

/** Jobs that stay under way though whoever had them is gone: nobody notices before half a minute is over. */
async function abandonedJobs(arena: Arena): Promise<number> {
  const redis = connect(arena.redis.url(), 'command');
  await once(redis, 'ready');
  const queues = new JobQueues(redis);
  const active = async (): Promise<number> => (await Promise.all(QUEUES.map((name) => queues.of(name).getActiveCount()))).reduce((sum, count) => sum + count, 0);
  // Those of the worker that stays end within moments.
  const none = await until(async () => ((await active()) === 0 ? true : undefined), 10_000, 50);
  const left = none ? 0 : await active();
  redis.disconnect();
  return left;
}

export const rollingRestart: ChaosPromise = {
  name: 'G10',
  says: 'SIGTERM and rolling restarts lose nothing, fail no request and stall no job',
  rounds: { short: 2, long: 50 },
  roundSeconds: 90,
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const before = stalledJobs(arena);
    const [apis, workers] = [await Fleet.start(arena, 'analytics-api', 2), await Fleet.start(arena, 'jobs-worker', 2)];
    const clients = await new Clients({ url: () => apis.url, workspace, seed, pauseMs: 10 }).start();
    const leaves: Leave[] = [];
    try {
      for (let round = 0; round < rounds; round += 1) leaves.push(...(await Promise.all([apis.roll(), workers.roll()])));
    } finally {
      await clients.stop();
    }
    const ledger = await checkLedger(arena, workspace, clients);
    leaves.push(...(await apis.stop()), ...(await workers.stop()));
    const slowest = Math.max(...leaves.map(({ ms }) => ms));
    const abandoned = await abandonedJobs(arena);
    const stalled = stalledJobs(arena) - before;
    const problems = ledgerProblems(ledger);
    if (clients.failures.length > 0) problems.push(`${clients.failures.length} of ${clients.attempts.length} requests failed, such as ${JSON.stringify(clients.failures[0])}`);
    const wrong = leaves.filter(({ how }) => !how.includes('code 0'));
    if (wrong.length > 0) problems.push(`${wrong.length} ends were not clean, such as: it ${wrong[0]?.how}`);
    if (slowest > LEAVE_MS * leniency) problems.push(`an end took ${slowest.toFixed(0)} ms`);
    if (stalled + abandoned > 0) problems.push(`${stalled} jobs stalled, ${abandoned} are still under way with nobody at them`);
    return { faults: `SIGTERM: api ${rounds}, worker ${rounds}, of 2 replicas each`, ledger, recoveryMs: slowest, figures: `${clients.attempts.length} requests, ${clients.failures.length} failed, ${stalled + abandoned} stalled jobs`, problems };
  },
};
