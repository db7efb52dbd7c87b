import { once } from 'node:events';
import { erasureJob, exportJob, JOB_TYPES, QUEUES, rollupJob, upkeepJob, type QueueName } from '@shadower/domain';
import { connect, JobQueues } from '@shadower/redis';
import fc from 'fast-check';
import { z } from 'zod';
import { until } from '../stack/until';
import { filledIn, jsonText } from './json-text';
import { nastyText } from './nasty';
import { rightValue, type Known, type Schema } from './right-value';
import { spoilt } from './spoilt';
import type { Sql } from './tenant';

const PAYLOADS = { rollup: rollupJob, upkeep: upkeepJob, erasure: erasureJob, export: exportJob } as const satisfies Record<QueueName, z.ZodType>;
/** Whose export the jobs of others name. */
const OWNER = 'fuzz-owner';
const OTHERS = ['fuzz', 'nobody'];

interface FuzzedJob {
  queue: QueueName;
  name: string;
  data: unknown;
  /** The payload as JSON when it is nested deeper than a program can write that sends it by BullMQ. */
  text?: string;
}

/** Right payloads of each queue, spoilt anywhere, of older and newer versions; whatever export they name is another workspace's. */
function jobs(exportId: string): fc.Arbitrary<FuzzedJob> {
  const known: Known = { workspace_id: () => fc.constantFrom(...OTHERS), export_id: () => fc.constantFrom(exportId, exportId.toUpperCase(), '00000000-0000-4000-8000-000000000000') };
  const ofQueue = (queue: QueueName): fc.Arbitrary<FuzzedJob> => {
    const right = rightValue(z.toJSONSchema(PAYLOADS[queue], { io: 'input' }) as Schema, { known });
    const versioned = fc.tuple(right, fc.constantFrom<unknown>(0, 2, 3, '1', null, 1.5, 2 ** 53)).map(([value, v]) => ({ ...(value as object), v }));
    const text = fc.oneof({ weight: 2, arbitrary: right }, { weight: 6, arbitrary: right.chain(spoilt) }, { weight: 2, arbitrary: versioned }).map((value) => filledIn(jsonText(value)));
    const name = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...JOB_TYPES[queue]) }, { weight: 1, arbitrary: nastyText });
    return fc.record({ name, text }).map((made) => jobOf(queue, made.name, made.text)).filter(({ data }) => data !== undefined);
  };
  return fc.oneof(...QUEUES.map(ofQueue));
}

const isDeep = (text: string): boolean => /[[{]{999}|({"a":){999}/.test(text);

/** As it comes out of the queue: BullMQ writes what it gets as JSON. */
function jobOf(queue: QueueName, name: string, text: string): FuzzedJob {
  const data = readJson(text);
  if (isDeep(text)) return { queue, name, data, text };
  return { queue, name, data: data === undefined ? undefined : readJson(JSON.stringify(data)) };
}

/** Undefined for what is no JSON: nobody can send that. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What was found before: PostgreSQL can hold none of it, so it could not be kept, and nothing behind it could. */
const FOUND: FuzzedJob[] = [
  ...['\ud800', 'a\\u0000', '\u0000'].map((text): FuzzedJob => ({ queue: 'rollup', name: 'rollup', data: { [text]: text } })),
  // As it would forge a line of the log.
  { queue: 'upkeep', name: 'a\r\nb: c \u001b[31mred', data: {} },
  ...['<array 10,000 deep>', '<object 10,000 deep>'].map((huge) => jobOf('rollup', 'rollup', filledIn(`{"v":1,"workspace_id":${huge}}`))),
];

interface Fate {
  job_id: string;
  attempts: number;
  error: string;
}

/** How often a job is tried before it is kept as dead; 0: it is understood. A newer worker might understand a newer version. */
function attemptsFor({ queue, data }: FuzzedJob): number {
  if (PAYLOADS[queue].safeParse(data).success) return 0;
  const version = (data as { v?: unknown } | null)?.v;
  return typeof version === 'number' && version > 1 ? 2 : 1;
}

function usersOf({ data }: FuzzedJob): unknown[] {
  const { user_id, context } = (data ?? {}) as { user_id?: unknown; context?: { user_id?: unknown } | null };
  return [user_id, context?.user_id];
}

/** What became otherwise of the jobs than it should. */
function wrongFates(sent: Map<string, FuzzedJob>, fates: Fate[]): string[] {
  const byId = Map.groupBy(fates, ({ job_id }) => job_id);
  const forgotten = new Set<unknown>([...sent.values()].filter((job) => job.queue === 'erasure' && attemptsFor(job) === 0).map(({ data }) => (data as { user_id: string }).user_id));
  return [...sent].flatMap(([id, job]) => {
    const attempts = attemptsFor(job);
    // An erasure forgets the dead jobs of its user too.
    if (attempts > 0 && usersOf(job).some((user) => forgotten.has(user))) return [];
    const kept = byId.get(id) ?? [];
    const asItShould = attempts === 0 ? kept.length === 0 : kept.length === 1 && kept[0]?.attempts === attempts && kept[0].error.includes('does not understand');
    return asItShould ? [] : [`${id} ${job.queue} ${JSON.stringify(job.name)} ${job.text?.slice(0, 300) ?? JSON.stringify(job.data).slice(0, 300)} should be ${attempts === 0 ? 'done' : `kept after ${attempts} attempts`}: ${JSON.stringify(kept).slice(0, 300)}`];
  });
}

const ORDER = `INSERT INTO exports (workspace_id, spec, lease_until) VALUES ($1, $2, now() + interval '1 hour') RETURNING id`;
const SPEC = { dataset: 'rollups', format: 'csv', compression: 'none', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', filter: {} };

/** One run on the queues of a system. */
class Attempt {
  private readonly queues: JobQueues;
  private readonly sent = new Map<string, FuzzedJob>();

  constructor(
    private readonly redis: ReturnType<typeof connect>,
    private readonly sql: Sql,
    private readonly patienceMs: number,
  ) {
    this.queues = new JobQueues(redis);
  }

  /** An order whose job was lost; nobody looks for it within the hour. */
  async order(): Promise<string> {
    return (await this.sql<{ id: string }>(ORDER, [OWNER, JSON.stringify(SPEC)]))[0]?.id ?? '';
  }

  async send(job: FuzzedJob): Promise<void> {
    const jobId = `fuzz-${process.pid}-${this.sent.size}`;
    this.sent.set(jobId, job);
    const queue = await this.queues.ready(job.queue);
    // Two attempts: what a newer version sent is tried again.
    const options = { jobId, attempts: 2, backoff: 100 };
    if (job.text === undefined) return void (await queue.add(job.name, job.data, options));
    const waiting = await queue.add(job.name, {}, { ...options, delay: 3_600_000 });
    await this.redis.hset(queue.toKey(jobId), 'data', job.text);
    await waiting.promote();
  }

  /** Throws when a job is still waiting or running, or became something else than it should. */
  async assertFates(): Promise<void> {
    if (!(await until(async () => ((await this.left()) === 0 ? true : undefined), this.patienceMs, 100))) throw new Error(`${await this.left()} jobs are left`);
    const wrong = wrongFates(this.sent, await this.sql<Fate>(`SELECT job_id, attempts, error FROM dead_jobs WHERE starts_with(job_id, $1)`, [`fuzz-${process.pid}-`]));
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${this.sent.size} jobs: ${wrong.slice(0, 3).join('\n')}`);
  }

  async exportRow(id: string): Promise<string> {
    return (await this.sql<{ row: string }>('SELECT exports::text AS row FROM exports WHERE id = $1', [id]))[0]?.row ?? 'gone';
  }

  /** Of each queue a right job, whose work can be seen. */
  async assertGoodOnesRun(exportId: string): Promise<void> {
    const user_id = 'forgotten';
    await this.sql('INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2)', [OWNER, user_id]);
    await this.sql(`INSERT INTO dirty_buckets (workspace_id, bucket) VALUES ($1, date_bin('15 minutes', now(), 'epoch'))`, [OWNER]);
    const base = { v: 1, workspace_id: OWNER };
    await this.send({ queue: 'rollup', name: 'rollup', data: base });
    await this.send({ queue: 'upkeep', name: 'quota-check', data: { v: 1, task: 'quota-check' } });
    await this.send({ queue: 'erasure', name: 'erase-user', data: { ...base, user_id } });
    await this.send({ queue: 'export', name: 'export', data: { ...base, export_id: exportId } });
    const UNDONE = `SELECT (SELECT count(*) FROM erasures WHERE workspace_id = $1) + (SELECT count(*) FROM dirty_buckets WHERE workspace_id = $1) + (SELECT count(*) FROM exports WHERE workspace_id = $1 AND status <> 'completed') AS n`;
    if (!(await until(async () => ((await this.sql<{ n: string }>(UNDONE, [OWNER]))[0]?.n === '0' ? true : undefined), this.patienceMs, 100))) throw new Error('right jobs after them were not done');
    await this.assertFates();
  }

  private async left(): Promise<number> {
    const counts = await Promise.all(QUEUES.map(async (name) => (await this.queues.of(name).getJobCountByTypes('waiting', 'active', 'failed', 'prioritized')) + (await triedAgain(this.queues.of(name)))));
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Jobs that wait for their second attempt; what else is delayed was not sent by us. */
const triedAgain = async (queue: ReturnType<JobQueues['of']>): Promise<number> => (await queue.getDelayed()).filter((waiting) => waiting?.attemptsMade > 0).length;

/**
 * Puts right and spoilt payloads into every queue; throws unless each wrong one is kept, once and with its reason, each right one is done, another
 * workspace's export stays as it is, and right jobs afterwards are done.
 */
export async function fuzzJobs(redisUrl: string, sql: Sql, { runs, seed, patienceMs }: { runs: number; seed: number; patienceMs: number }): Promise<void> {
  const redis = connect(redisUrl, 'command');
  await once(redis, 'ready');
  try {
    const attempt = new Attempt(redis, sql, patienceMs);
    const exportId = await attempt.order();
    const before = await attempt.exportRow(exportId);
    for (const job of [...FOUND, ...fc.sample(jobs(exportId), { numRuns: runs, seed })]) await attempt.send(job);
    await attempt.assertFates();
    const after = await attempt.exportRow(exportId);
    if (after !== before) throw new Error(`a job of another workspace changed an export: ${before} -> ${after}`);
    await attempt.assertGoodOnesRun(exportId);
  } catch (error) {
    throw new Error(`${(error as Error).message} (seed ${seed})`, { cause: error });
  } finally {
    redis.disconnect();
  }
}
