import { once } from 'node:events';
import { QUEUES } from '@shadower/domain';
import { connect, JobQueues } from '@shadower/redis';
import fc from 'fast-check';
import { until } from '../stack/until';
import { nastyJson, spoilt } from './nasty';

const payload = fc.oneof(
  spoilt({ v: 1, workspace_id: 'fuzz', context: {} }),
  spoilt({ v: 1, workspace_id: 'fuzz', user_id: 'u', context: { request_id: 'r' } }),
  spoilt({ v: 1, task: 'quota-check' }),
  spoilt({ v: 2, workspace_id: 'fuzz', more: true }),
  nastyJson.filter((value) => typeof value === 'object' && value !== null),
  fc.constant({ v: 1, workspace_id: 'x'.repeat(200_000) }),
);
const job = fc.record({ queue: fc.constantFrom(...QUEUES), name: fc.constantFrom(...QUEUES, 'unknown', 'quota-check'), data: payload });

/** What was found before: PostgreSQL can hold neither, so they could not be buried, and nothing behind them could. */
const FOUND: { queue: (typeof QUEUES)[number]; name: string; data: object }[] = ['\ud800', 'a\\u0000', '\u0000'].map((text) => ({ queue: 'rollup', name: 'rollup', data: { [text]: text } }));

/** Jobs that wait for their second attempt; what else is delayed was not sent by us. */
const triedAgain = async (queue: ReturnType<JobQueues['of']>): Promise<number> => (await queue.getDelayed()).filter((waiting) => waiting?.attemptsMade > 0).length;

/** Puts payloads that no worker understands into every queue; throws when one is still waiting, running or not yet buried after `patienceMs`. */
export async function fuzzJobs(redisUrl: string, { runs, seed, patienceMs }: { runs: number; seed: number; patienceMs: number }): Promise<void> {
  const redis = connect(redisUrl, 'command');
  await once(redis, 'ready');
  try {
    const queues = new JobQueues(redis);
    // Two attempts: what a newer version sent is tried again.
    for (const { queue, name, data } of [...FOUND, ...fc.sample(job, { numRuns: runs, seed })]) await (await queues.ready(queue)).add(name, data, { attempts: 2, backoff: 100 });
    const left = async (): Promise<number> => {
      const counts = await Promise.all(QUEUES.map(async (name) => (await queues.of(name).getJobCountByTypes('waiting', 'active', 'failed')) + (await triedAgain(queues.of(name)))));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    if (!(await until(async () => ((await left()) === 0 ? true : undefined), patienceMs, 100))) throw new Error(`${await left()} jobs are left (seed ${seed})`);
  } finally {
    redis.disconnect();
  }
}
