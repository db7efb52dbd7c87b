import { once } from 'node:events';
import type { UpkeepJob } from '@shadower/domain';
import { connect, JobQueues } from '@shadower/redis';
import { until } from '../stack/until';
import type { Arena } from './arena';

const PATIENCE_MS = 120_000;
/** Today and yesterday may have buckets that are not over. */
const PROGRESS = `SELECT (count(*) FILTER (WHERE settled > 0))::int AS settled, (count(*) FILTER (WHERE settled < 96 AND day < (now() AT TIME ZONE 'UTC')::date - 1))::int AS open FROM rollup_days WHERE workspace_id = $1`;

/** Has the worker settle the days of a workspace now instead of at its next turn, and keep their active users. Gives how many days are settled, at least in part. */
export async function settleDays(arena: Arena, workspace: string): Promise<number> {
  const redis = connect(arena.redis.url(), 'command');
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(10_000) });
    const queue = await new JobQueues(redis).ready('upkeep');
    const data: UpkeepJob = { v: 1, task: 'settle-days' };
    const settled = await until(async () => {
      const job = await queue.add('settle-days', data);
      await until(async () => (['completed', 'failed', 'unknown'].includes(await job.getState()) ? true : undefined), PATIENCE_MS, 50);
      const [progress] = await arena.sql<{ settled: number; open: number }>(PROGRESS, [workspace]);
      return progress?.open === 0 ? progress.settled : undefined;
    }, PATIENCE_MS, 200);
    if (settled === undefined) throw new Error(`the days of ${workspace} were not settled within ${PATIENCE_MS / 1_000} s`);
    return settled;
  } finally {
    redis.disconnect();
  }
}
