import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inSystem, keepDeadJob, type DeadJob } from '@shadower/database';
import { jobContext, QUEUES, workspaceId, type QueueName } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { captureException, getLogger, redactText } from '@shadower/telemetry';
import type { Job } from 'bullmq';
import { DataSource } from 'typeorm';
import { RepeatingTask } from '../jobs/repeating-task';

const EVERY_MS = 5_000;
const AT_ONCE = 100;
const KEPT = `interval '30 days'`;

/**
 * Moves jobs that used up their attempts from Redis to `dead_jobs` in PostgreSQL, where they can be looked at and sent once more.
 * Also those whose worker died too often, which no code of a job sees. Every replica does it; to keep a job twice changes nothing.
 */
@Injectable()
export class DeadJobKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('dead-jobs');
  private task?: RepeatingTask;

  constructor(
    private readonly queues: JobQueues,
    private readonly dataSource: DataSource,
  ) {}

  onApplicationBootstrap(): void {
    this.task = new RepeatingTask(EVERY_MS, async () => {
      for (const name of QUEUES) await this.clear(name);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task?.stop();
  }

  /** Deletes what was kept more than 30 days ago. */
  async forget(): Promise<void> {
    await inSystem(this.dataSource, (runner) => runner.query(`DELETE FROM dead_jobs WHERE failed_at < now() - ${KEPT}`));
  }

  private async clear(name: QueueName): Promise<void> {
    try {
      const queue = await this.queues.ready(name);
      for (let failed = await queue.getFailed(0, AT_ONCE - 1); failed.length > 0; failed = await queue.getFailed(0, AT_ONCE - 1)) {
        for (const job of failed) await this.keep(name, job);
      }
    } catch (err) {
      // The job stays where it is, and the next round tries again.
      this.logger.debug({ err, queue: name }, 'dead jobs not moved');
    }
  }

  private async keep(queue: QueueName, job: Job): Promise<void> {
    const dead = deadJobOf(queue, job);
    await keepDeadJob(this.dataSource, dead).catch((err: unknown) => {
      captureException(err, { endpoint: 'dead jobs', queue, job_type: dead.job_type });
      throw err;
    });
    await job.remove();
    this.logger.warn({ queue, job_type: dead.job_type, job_id: dead.job_id, workspace_id: dead.workspace_id, attempts: dead.attempts, reason: dead.error }, 'dead job kept');
  }
}

function deadJobOf(queue: QueueName, job: Job): DeadJob {
  const data = job.data as { workspace_id?: unknown; context?: unknown } | null;
  const context = jobContext.safeParse(data?.context);
  return {
    workspace_id: workspaceId.safeParse(data?.workspace_id).data ?? '',
    queue,
    job_type: job.name,
    job_id: job.id ?? 'unknown',
    payload: job.data,
    error: redactText(job.failedReason ?? 'unknown'),
    attempts: job.attemptsMade,
    trace_id: /[0-9a-f]{32}/.exec(job.opts.telemetry?.metadata ?? '')?.[0],
    request_id: context.data?.request_id,
    enqueued_at: new Date(job.timestamp),
    failed_at: new Date(job.finishedOn ?? Date.now()),
  };
}
