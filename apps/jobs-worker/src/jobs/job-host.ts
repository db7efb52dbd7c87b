import { Inject } from '@nestjs/common';
import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { jobContext, type QueueName } from '@shadower/domain';
import { getLogger, isExpected, reportFailedJob, runJob, type JobRun } from '@shadower/telemetry';
import type { Job } from 'bullmq';
import type { ZodType } from 'zod';
import type { JobWorker } from './job-worker';
import { Progress } from './progress';
import { readPayload } from './read-payload';

const logger = getLogger('jobs');

const runOf = (job: Job): JobRun => ({
  queue: job.queueName,
  jobType: job.name,
  jobId: job.id ?? 'unknown',
  attempt: job.attemptsMade + 1,
  attemptsMax: job.opts.attempts ?? 1,
  context: jobContext.catch({}).parse((job.data as { context?: unknown } | null)?.context),
});

/** What every `@Processor` extends: a job of its queue is checked, observed and counted here, and worked off by `work`. */
export abstract class JobHost<Payload = unknown> extends WorkerHost<JobWorker> {
  abstract readonly payload: ZodType<Payload>;
  /** Set when a sweep finds again what a job leaves undone: then one that only failed because something was away need not be kept. */
  readonly swept: boolean = false;

  @Inject(Progress) private readonly progress!: Progress;

  /** Gets the checked payload; must be idempotent, since a job may run twice, also at the same time. */
  protected abstract work(payload: Payload): Promise<void>;

  async process(job: Job): Promise<void> {
    const queue = job.queueName;
    try {
      await runJob(runOf(job), () => this.work(readPayload({ queue, payload: this.payload }, job.data)));
    } catch (error) {
      if (this.swept && isExpected(error)) job.opts.removeOnFail = true;
      throw error;
    }
    this.progress.made(queue as QueueName);
  }

  /** The connection logs its own loss; without a listener the event would end the process. */
  @OnWorkerEvent('error')
  onError(err: Error): void {
    logger.debug({ err, queue: this.worker.name }, 'queue error');
  }

  /** A job whose workers died of it too often is failed by the queue, without `process`. */
  @OnWorkerEvent('failed')
  onFailed(job: Job | undefined, error: Error): void {
    if (job?.deferredFailure) reportFailedJob(runOf(job), error);
  }

  @OnWorkerEvent('stalled')
  onStalled(jobId: string): void {
    logger.warn({ job_id: jobId, queue: this.worker.name }, 'a job stalled and runs again');
  }
}
