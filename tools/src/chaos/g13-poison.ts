import { once } from 'node:events';
import { connect, JobQueues, keys } from '@shadower/redis';
import { QueueEvents } from 'bullmq';
import { until } from '../stack/until';
import { request } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import type { Arena } from './arena';
import { checkLedger } from './check-ledger';
import { Clients } from './clients';
import { ledgerProblems, type ChaosPromise } from './promise';

/** Jobs a round; one in a hundred is poison, so that a round has every kind of it. */
const JOBS = 1_000;
const EVERY = 100;

/** What nobody can do: no version, a foreign shape, a workspace that cannot be, far too much. */
const POISON: Readonly<Record<string, unknown>> = {
  empty: {},
  'version 0': { v: 0, workspace_id: 'x' },
  'no workspace': { v: 1 },
  'a path': { v: 1, workspace_id: '../etc' },
  'a number': { v: 1, workspace_id: 7 },
  'version as a word': { v: 'one', workspace_id: 'x' },
  'a list': ['v', 1],
  oversize: { v: 1, workspace_id: 'x'.repeat(100_000) },
};
const KINDS = Object.keys(POISON);

interface Sent {
  /** Ids of good jobs. */
  good: string[];
  /** Kinds of poison by id. */
  poisoned: Map<string, string>;
}

interface DeadRow {
  id: string;
  job_id: string;
  error: string;
}

const DEAD = `SELECT id, job_id, error FROM dead_jobs WHERE queue = 'rollup' AND job_id = ANY ($1)`;
const dead = (arena: Arena, ids: readonly string[]): Promise<DeadRow[]> => arena.sql(DEAD, [ids]);
const named = ({ error }: DeadRow): boolean => error.includes('does not understand the payload');

/** Sends a round of jobs, and remembers which. */
async function addJobs(queues: JobQueues, workspace: string, round: number, sent: Sent): Promise<void> {
  const jobs = Array.from({ length: JOBS }, (_, index) => {
    const kind = index % EVERY === 0 ? KINDS[(round * (JOBS / EVERY) + index / EVERY) % KINDS.length] : undefined;
    return { name: 'rollup', kind, data: kind ? POISON[kind] : { v: 1, workspace_id: `${workspace}-${index}` } };
  });
  const queue = await queues.ready('rollup');
  const added = await queue.addBulk(jobs.map(({ kind: _, ...job }) => job) as Parameters<typeof queue.addBulk>[0]);
  added.forEach(({ id = '' }, index) => {
    const kind = jobs[index]?.kind;
    if (kind) sent.poisoned.set(id, kind);
    else sent.good.push(id);
  });
}

/** The ids of all jobs that are completed from now on: of a completed job Redis soon knows nothing more. */
async function watchCompleted(arena: Arena): Promise<Set<string>> {
  const connection = connect(arena.redis.url(), 'blocking');
  const events = new QueueEvents('rollup', { connection, prefix: keys.queuePrefix });
  events.on('error', () => undefined);
  arena.closers.push(async () => (await events.close(), connection.disconnect()));
  const ids = new Set<string>();
  events.on('completed', ({ jobId }) => ids.add(jobId));
  await events.waitUntilReady();
  return ids;
}

/** What became of three parked jobs that an operator sent once more, as `wanted` says or otherwise. */
async function replay(arena: Arena, completed: ReadonlySet<string>, { poisoned }: Sent, workspace: string): Promise<{ problems: string[]; figures: string }> {
  const token = await demoToken({ workspace, operator: true });
  const retry = async ({ id }: DeadRow): Promise<number> => (await request(`${arena.api}/api/v1/admin/jobs/dead/${id}/retry`, { method: 'POST', token })).status;
  const parked = async (kind: string): Promise<DeadRow> => (await dead(arena, [...poisoned].filter(([, each]) => each === kind).map(([id]) => id)))[0] as DeadRow;
  const [again, doable, oversize] = [await parked('a path'), await parked('no workspace'), await parked('oversize')];
  // As if a newer worker, which understands it, had been rolled out.
  await arena.sql('UPDATE dead_jobs SET payload = $2 WHERE id = $1', [doable.id, { v: 1, workspace_id: `${workspace}-replayed` }]);
  const statuses = [await retry(again), await retry(doable), await retry(oversize)].join(', ');
  const done = await until(() => (completed.has(`resent-${doable.id}`) ? true : undefined), 30_000, 100);
  const parkedAgain = await until(async () => (await dead(arena, [`resent-${again.id}`])).find(named), 30_000, 200);
  const problems: string[] = [];
  if (statuses !== '200, 200, 409') problems.push(`replays were answered ${statuses}`);
  if (!done) problems.push('a replayed job that can be done was not done');
  if (!parkedAgain) problems.push('a replayed job that nobody can do was not parked again');
  return { problems, figures: `replayed: ${done ? 1 : 0} done, ${parkedAgain ? 1 : 0} parked again; answers ${statuses}` };
}

export const poison: ChaosPromise = {
  name: 'G13',
  says: 'poison never wedges a queue: it is parked with its reason and can be replayed',
  rounds: { short: 1, long: 10 },
  roundSeconds: 60,
  async run({ arena, seed, rounds, leniency, doing }) {
    const workspace = `chaos-${seed}`;
    const redis = connect(arena.redis.url(), 'command');
    arena.closers.push(() => Promise.resolve(redis.disconnect()));
    await once(redis, 'ready');
    const queues = new JobQueues(redis);
    const completed = await watchCompleted(arena);
    const clients = await new Clients({ url: () => arena.api, workspace, seed, count: 2, pauseMs: 50 }).start();
    const sent: Sent = { good: [], poisoned: new Map() };
    try {
      for (let round = 0; round < rounds; round += 1) await addJobs(queues, workspace, round, sent);
      doing(`${sent.good.length} good and ${sent.poisoned.size} poisoned jobs`);
      await until(() => (sent.good.every((id) => completed.has(id)) ? true : undefined), 30_000 * leniency * rounds, 200);
    } finally {
      await clients.stop();
    }
    const ids = [...sent.poisoned.keys()];
    doing('the keeping of the poisoned ones');
    await until(async () => ((await dead(arena, ids)).length >= ids.length ? true : undefined), 30_000 * leniency, 200);
    const counts = (): Promise<number> => queues.of('rollup').getJobCountByTypes('waiting', 'active', 'prioritized', 'delayed', 'failed');
    const left = (await until(async () => ((await counts()) === 0 ? 0 : undefined), 10_000 * leniency, 100)) ?? (await counts());
    const [done, parked] = [sent.good.filter((id) => completed.has(id)).length, (await dead(arena, ids)).filter(named)];
    const kinds = new Set(parked.map(({ job_id }) => sent.poisoned.get(job_id)));
    doing('replays');
    const replayed = await replay(arena, completed, sent, workspace);
    doing('the comparison');
    const ledger = await checkLedger(arena, workspace, clients);
    redis.disconnect();
    const problems = [...ledgerProblems(ledger), ...replayed.problems];
    if (done < sent.good.length) problems.push(`${done} of ${sent.good.length} good jobs were done`);
    if (left > 0) problems.push(`${left} jobs are left in the queue`);
    if (parked.length !== ids.length) problems.push(`${parked.length} of ${ids.length} poisoned jobs are parked with their reason`);
    if (kinds.size < KINDS.length) problems.push(`only ${[...kinds].join(', ')} of the kinds of poison were parked`);
    return { faults: `${ids.length} poisoned, of ${kinds.size} kinds, among ${ids.length + sent.good.length} jobs`, ledger, figures: `${done} good ones done, ${parked.length} parked with their reason; ${replayed.figures}`, problems };
  },
};
