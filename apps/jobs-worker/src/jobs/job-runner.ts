import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { jobContext } from '@shadower/domain';
import { connect, keys, queueTelemetry, REDIS_CONFIG, timeBox, type RedisConfig } from '@shadower/redis';
import { getLogger, isExpected, runJob } from '@shadower/telemetry';
import { Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { assertEachQueueOnce } from './assert-each-queue-once';
import { JOB_PROCESSORS, type JobProcessor } from './job-processor';
import { Progress } from './progress';
import { readPayload } from './read-payload';

/** Shorter than the whole shutdown may take, so that the rest still gets its turn. */
const DRAIN_MS = 12_000;

/** Injects for how long a worker may give no sign of life before its jobs go to another, in milliseconds. */
export const JOB_LOCK_MS = Symbol('JOB_LOCK_MS');

/** Gives each queue its BullMQ worker. Start-up fails when a declared queue has no processor, or has two. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('jobs');
  private readonly workers: Worker[] = [];
  private readonly connections: Redis[] = [];

  constructor(
    @Inject(JOB_PROCESSORS) private readonly processors: JobProcessor[],
    @Inject(REDIS_CONFIG) private readonly redis: RedisConfig,
    @Inject(JOB_LOCK_MS) private readonly lockMs: number,
    private readonly progress: Progress,
  ) {
    assertEachQueueOnce(processors.map(({ queue }) => queue));
  }

  onApplicationBootstrap(): void {
    for (const processor of this.processors) this.workers.push(this.open(processor));
  }

  /** Running jobs get time to end; one that does not is found stalled by another worker, and its transaction rolls back. */
  async beforeApplicationShutdown(): Promise<void> {
    // Without Redis there is nothing to hand back in order, and an orderly close would wait for it.
    const closing = this.workers.map((worker, index) => worker.close(this.connections[index]?.status !== 'ready'));
    await timeBox(DRAIN_MS, Promise.all(closing)).catch((err: unknown) => this.logger.warn({ err }, 'jobs did not end in time'));
    for (const connection of this.connections) connection.disconnect();
  }

  private open(processor: JobProcessor): Worker {
    const connection = connect(this.redis.REDIS_URL, 'blocking');
    this.connections.push(connection);
    const options = { connection, prefix: keys.queuePrefix, telemetry: queueTelemetry(), concurrency: processor.concurrency, lockDuration: this.lockMs, stalledInterval: this.lockMs };
    const worker = new Worker(processor.queue, (job: Job) => this.run(processor, job), options);
    // The connection logs its own loss; without a listener the event would end the process.
    worker.on('error', (err) => this.logger.debug({ err, queue: processor.queue }, 'queue error'));
    worker.on('stalled', (jobId) => this.logger.warn({ job_id: jobId, queue: processor.queue }, 'a job stalled and runs again'));
    return worker;
  }

  private async run(processor: JobProcessor, job: Job): Promise<void> {
    const context = jobContext.catch({}).parse((job.data as { context?: unknown } | null)?.context);
    const attempt = { attempt: job.attemptsMade + 1, attemptsMax: job.opts.attempts ?? 1 };
    try {
      await runJob({ queue: processor.queue, jobType: job.name, jobId: job.id ?? 'unknown', ...attempt, context }, () => processor.process(readPayload(processor, job.data)));
    } catch (error) {
      if (processor.swept && isExpected(error)) job.opts.removeOnFail = true;
      throw error;
    }
    this.progress.completed();
  }
}
