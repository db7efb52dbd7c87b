import type { QueueName } from '@shadower/domain';
import type { ZodType } from 'zod';

/** What works off one queue. `process` gets the checked payload; it must be idempotent, since a job may run twice, also at the same time. */
export interface JobProcessor<Payload = unknown> {
  readonly queue: QueueName;
  readonly payload: ZodType<Payload>;
  /** Jobs at the same time in this process. */
  readonly concurrency: number;
  process(payload: Payload): Promise<void>;
}

/** Injects all of them. */
export const JOB_PROCESSORS = Symbol('JOB_PROCESSORS');
