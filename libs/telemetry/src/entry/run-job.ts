import { trace } from '@opentelemetry/api';
import { redactText } from '../context/redact-text';
import { runInContext, type RequestContext } from '../context/request-context';
import { isExpected, reportUnexpected } from '../context/unexpected';
import { getLogger } from '../logging/logger';
import { counter, histogram } from '../metrics/instruments';

/** One run of a job. */
export interface JobRun {
  queue: string;
  jobType: string;
  jobId: string;
  /** Counts from 1. */
  attempt: number;
  attemptsMax: number;
  /** What the job carries of the request that caused it. */
  context?: RequestContext;
}

const logger = getLogger('jobs');
const runs = counter('background_jobs_total');
const durations = histogram('background_job_duration_seconds');

/** Begins the counts of these jobs at 0: of a count that appears with its first failure, `increase()` sees none. */
export function expectJobs(queue: string, jobTypes: readonly string[]): void {
  for (const job_type of jobTypes) for (const status of ['completed', 'failed', 'retried'] as const) runs.inc({ queue, job_type, status }, 0);
}

const isLast = (job: JobRun, error: unknown): boolean => job.attempt >= job.attemptsMax || (error instanceof Error && error.name === 'UnrecoverableError');

function describe(job: JobRun, error: unknown): 'failed' | 'retried' {
  const last = isLast(job, error);
  const fields = { err: error, job_type: job.jobType, attempt: job.attempt };
  if (!last) logger.warn(fields, 'job will be retried');
  else if (isExpected(error)) logger.warn(fields, 'job refused');
  else {
    logger.error(fields, 'job failed');
    reportUnexpected(error, { endpoint: `job ${job.jobType}`, job_type: job.jobType, attempt: job.attempt });
  }
  return last ? 'failed' : 'retried';
}

/** The queue keeps message and stack of an error beside the job, for everybody to see who may look at the queue. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return error;
  // Defined, not assigned: the message of a DOMException, such as that of a time-out, cannot be.
  for (const name of ['message', 'stack'] as const) {
    const text = error[name];
    const clean = text && redactText(text);
    if (clean !== text) Object.defineProperty(error, name, { value: clean, configurable: true, writable: true });
  }
  return error;
}

/** A job that its queue gave up without running it, because its workers died of it too often: logged, counted and reported like one that failed. */
export function reportFailedJob(job: JobRun, error: unknown): void {
  runInContext({ ...job.context, job_id: job.jobId, queue: job.queue }, () => runs.inc({ queue: job.queue, job_type: job.jobType, status: describe({ ...job, attempt: job.attemptsMax }, error) }));
}

/**
 * Runs the work of a job: its lines and errors name job and cause, its time and outcome are measured, and a bug is reported
 * when the last attempt is used up. The error is passed on without secrets, because the queue decides what becomes of the job
 * and keeps what it said.
 */
export function runJob<T>(job: JobRun, fn: () => Promise<T>): Promise<T> {
  const { queue, jobType: job_type } = job;
  return runInContext({ ...job.context, job_id: job.jobId, queue }, async () => {
    const started = performance.now();
    let status: 'completed' | 'failed' | 'retried' = 'completed';
    trace.getActiveSpan()?.setAttributes({ job_id: job.jobId, ...job.context });
    try {
      return await fn();
    } catch (error) {
      status = describe(job, error);
      throw withoutSecrets(error);
    } finally {
      runs.inc({ queue, job_type, status });
      durations.observe({ queue, job_type }, (performance.now() - started) / 1000);
    }
  });
}
