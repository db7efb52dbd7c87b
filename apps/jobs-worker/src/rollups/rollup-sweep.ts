import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { ROLLUP_SWEEP_MS } from '@shadower/domain';
import { REDIS, RollupHints } from '@shadower/redis';
import { captureException, getLogger, runJob, updateContext, withSpan } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { config } from '../config';
import { Progress } from '../jobs/progress';
import { RepeatingTask } from '../jobs/repeating-task';
import { RollupTurn } from './rollup-turn';

/** A mark younger than this is still the queue's business, in milliseconds. */
const OVERLOOKED_MS = 2_000;
const OVERLOOKED_WORKSPACES = `
SELECT workspace_id FROM dirty_buckets WHERE marked_at <= clock_timestamp() - $1::int * interval '1 millisecond'
GROUP BY workspace_id ORDER BY min(marked_at) LIMIT 200`;

/**
 * Finds the workspaces whose hint was lost and rolls them up itself, so that the product goes on, a few seconds behind, without Redis.
 * When Redis comes back, perhaps empty, it looks at once and at all. Every replica sweeps: what one has locked the others skip.
 */
@Injectable()
export class RollupSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('rollup-sweep');
  private task?: RepeatingTask;
  /** Whether the hints of all marks may be lost. */
  private forgotten = false;
  private readonly onRedisBack = (): void => {
    this.forgotten = true;
    this.task?.soon();
  };

  constructor(
    private readonly dataSource: DataSource,
    private readonly turn: RollupTurn,
    private readonly hints: RollupHints,
    private readonly progress: Progress,
    @Inject(REDIS) private readonly redis: Redis,
  ) {}

  onApplicationBootstrap(): void {
    this.redis.on('ready', this.onRedisBack);
    this.task = new RepeatingTask(ROLLUP_SWEEP_MS, () => this.sweep());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.redis.off('ready', this.onRedisBack);
    await this.task?.stop();
  }

  private async sweep(): Promise<void> {
    const overlookedMs = this.forgotten ? 0 : OVERLOOKED_MS;
    this.forgotten = false;
    try {
      const found: { workspace_id: string }[] = await inSystem(this.dataSource, (runner) => runner.query(OVERLOOKED_WORKSPACES, [overlookedMs]));
      const waiting = found.map(({ workspace_id }) => workspace_id);
      const lanes = Array.from({ length: Math.ceil(config.ROLLUP_CONCURRENCY / 2) }, () => this.lane(waiting));
      await Promise.all(lanes);
    } catch (err) {
      // PostgreSQL's own health check tells of it; the next sweep tries again.
      this.logger.debug({ err }, 'sweep not possible');
      captureException(err, { endpoint: 'sweep rollup' });
    }
  }

  private async lane(waiting: string[]): Promise<void> {
    for (let workspaceId = waiting.shift(); workspaceId !== undefined; workspaceId = waiting.shift()) await this.rollUp(workspaceId);
  }

  /** A failure is logged and counted by runJob and keeps nobody else from being swept. */
  private async rollUp(workspaceId: string): Promise<void> {
    const job = { queue: 'rollup', jobType: 'sweep', jobId: `sweep:${workspaceId}`, attempt: 1, attemptsMax: 2, context: { workspace_id: workspaceId } } as const;
    const run = withSpan('sweep rollup', {}, () =>
      runJob(job, async () => {
        updateContext({ workspace_id: workspaceId });
        if ((await this.turn.run(workspaceId)) === 'again') this.hints.hint(workspaceId);
      }),
    );
    await run.then(
      () => this.progress.made('rollup'),
      // No attempt is the last one of a sweep, so runJob reports none of its failures.
      (err: unknown) => captureException(err, { endpoint: 'sweep rollup', workspace_id: workspaceId }),
    );
  }
}
