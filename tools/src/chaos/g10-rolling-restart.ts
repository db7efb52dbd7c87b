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
import { LiveAudience } from './live-audience';
import { ledgerProblems, type ChaosPromise } from './promise';

const LEAVE_MS = 25_000;
const VIEWERS = 20;
/** How long a viewer may take to hear again, when its gateway is gone. */
const HEARS_MS = 10_000;

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
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const before = stalledJobs(arena);
    doing('the start of two replicas of each');
    const fleets = [await Fleet.start(arena, 'analytics-api', 2), await Fleet.start(arena, 'jobs-worker', 2), await Fleet.start(arena, 'websocket-gateway', 2)] as const;
    const [apis, , gateways] = fleets;
    const audience = await LiveAudience.start({ redisUrl: arena.links.redis.url, workspace, count: VIEWERS, gateway: () => gateways.url, patienceMs: HEARS_MS * leniency });
    const clients = await new Clients({ url: () => apis.url, workspace, seed, pauseMs: 10 }).start();
    const leaves: Leave[] = [];
    let deaf = 0;
    try {
      for (let round = 0; round < rounds; round += 1) {
        doing(`round ${round + 1}`);
        // One after another, as a roll-out does.
        for (const fleet of fleets) leaves.push(await fleet.roll());
        deaf += await audience.deafOnes(HEARS_MS * leniency);
      }
    } finally {
      await clients.stop();
    }
    const heard = await audience.judge().finally(() => audience.stop());
    doing('the comparison');
    const ledger = await checkLedger(arena, workspace, clients);
    for (const fleet of fleets) leaves.push(...(await fleet.stop()));
    const slowest = Math.max(...leaves.map(({ ms }) => ms));
    const abandoned = await abandonedJobs(arena);
    const stalled = stalledJobs(arena) - before;
    const problems = ledgerProblems(ledger);
    if (clients.failures.length > 0) problems.push(`${clients.failures.length} of ${clients.attempts.length} requests failed, such as ${JSON.stringify(clients.failures[0])}`);
    const wrong = leaves.filter(({ how }) => !how.includes('code 0'));
    if (wrong.length > 0) problems.push(`${wrong.length} ends were not clean, such as: it ${wrong[0]?.how}`);
    if (slowest > LEAVE_MS * leniency) problems.push(`an end took ${slowest.toFixed(0)} ms`);
    if (stalled + abandoned > 0) problems.push(`${stalled} jobs stalled, ${abandoned} are still under way with nobody at them`);
    if (heard.silent + deaf > 0) problems.push(`${heard.silent} silent gaps, ${deaf} times a viewer heard nothing more`);
    return { faults: `SIGTERM: API, worker and gateway ${rounds} x each, of 2 replicas`, ledger, recoveryMs: slowest, figures: `${clients.attempts.length} requests, ${clients.failures.length} failed, ${stalled + abandoned} stalled jobs; ${VIEWERS} viewers of ${heard.events} events: ${heard.silent} silent gaps, ${heard.announced} announced, ${heard.repeated} told twice`, problems };
  },
};
