import { once } from 'node:events';
import { connect, JobQueues } from '@shadower/redis';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

/** Jobs a round; one in a hundred is poison. */
const JOBS = 500;
const EVERY = 100;

/** What nobody can do: no version, a foreign shape, a workspace that cannot be, far too much. */
const POISON: readonly unknown[] = [{}, { v: 0, workspace_id: 'x' }, { v: 1 }, { v: 1, workspace_id: '../etc' }, { v: 1, workspace_id: 7 }, { v: 'one', workspace_id: 'x' }, ['v', 1], { v: 1, workspace_id: 'x'.repeat(100_000) }];

/** Good jobs that were given up, which nobody would miss among those that the clients' events make. */
const givenUp = async (arena: Arena, workspace: string): Promise<number> => (await arena.sql<{ n: number }>(`SELECT count(*)::int AS n FROM dead_jobs WHERE starts_with(payload->>'workspace_id', $1)`, [`${workspace}-`]))[0]?.n ?? 0;

const parked = (arena: Arena): Promise<{ id: string }[]> => arena.sql(`SELECT id FROM dead_jobs WHERE queue = 'rollup' AND redriven_at IS NULL AND error LIKE '%does not understand%'`);

async function completed(arena: Arena): Promise<number> {
  const { text } = await request(`${arena.stack.urls['jobs-worker']}/metrics`);
  return Number(/^background_jobs_total\{queue="rollup",job_type="rollup",status="completed"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

async function addJobs(queues: JobQueues, workspace: string, count: number): Promise<number> {
  const jobs = Array.from({ length: count }, (_, index) => ({ name: 'rollup', data: index % EVERY === 0 ? POISON[(index / EVERY) % POISON.length] : { v: 1, workspace_id: `${workspace}-${index}` } }));
  await (await queues.ready('rollup')).addBulk(jobs as Parameters<ReturnType<JobQueues['of']>['addBulk']>[0]);
  return jobs.filter((_, index) => index % EVERY === 0).length;
}

export const poison: ChaosPromise = {
  name: 'G13',
  says: 'poison never wedges a queue: it is parked with its reason and can be replayed',
  rounds: { short: 1, long: 20 },
  async run({ arena, seed, rounds, leniency }) {
    const workspace = `chaos-${seed}`;
    const redis = connect(arena.redis.url(), 'command');
    await once(redis, 'ready');
    const queues = new JobQueues(redis);
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 2, pauseMs: 50 }).start();
    const before = await completed(arena);
    let [poisoned, left] = [0, 0];
    try {
      for (let round = 0; round < rounds; round += 1) poisoned += await addJobs(queues, workspace, JOBS);
      const undone = (): Promise<number> => queues.of('rollup').getJobCountByTypes('waiting', 'active', 'prioritized');
      await until(async () => ((await undone()) < 3 ? true : undefined), 30_000 * leniency * rounds, 100);
      await clients.stop();
      left = (await until(async () => ((await undone()) === 0 ? 0 : undefined), 10_000 * leniency, 100)) ?? (await undone());
    } finally {
      await clients.stop();
    }
    const ledger = await checkLedger(arena, workspace, clients);
    const done = (await completed(arena)) - before;
    // They are gathered every 5 s.
    await until(async () => ((await parked(arena)).length >= poisoned ? true : undefined), 20_000 * leniency, 200);
    const dead = await parked(arena);
    const [some] = dead;
    const token = await demoToken({ workspace, operator: true });
    const replayed = some && (await request(`${arena.api}/api/v1/admin/jobs/dead/${some.id}/retry`, { method: 'POST', token })).status;
    redis.disconnect();
    const good = rounds * JOBS - poisoned;
    const problems = ledgerProblems(ledger);
    const lost = await givenUp(arena, workspace);
    if (done < good || lost > 0) problems.push(`${Math.min(done, good - lost)} of ${good} good jobs were done`);
    if (left > 0) problems.push(`${left} jobs are left in the queue`);
    if (dead.length !== poisoned) problems.push(`${dead.length} of ${poisoned} poisoned jobs are parked with their reason`);
    if (replayed !== 200) problems.push(`a replay was answered ${replayed}`);
    return { faults: `${poisoned} poisoned among ${rounds * JOBS} jobs`, ledger, figures: `${good} good ones done, ${dead.length} parked, replay answered ${replayed}`, problems };
  },
};
