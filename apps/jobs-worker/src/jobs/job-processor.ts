import type { QueueName } from '@shadower/domain';
import type { ZodType } from 'zod';

/** What works off one queue. `process` gets the checked payload; it must be idempotent, since a job may run twice, also at the same time. */
export interface JobProcessor<Payload = unknown> {
  readonly queue: QueueName;
  readonly payload: ZodType<Payload>;
  /** Jobs at the same time in this process. */
  readonly concurrency: number;
  /** Set when a sweep finds again what a job leaves undone: then one that only failed because something was away need not be kept. */
  readonly swept?: boolean;
  process(payload: Payload): Promise<void>;
}

/** Injects all of them. */
export const JOB_PROCESSORS = Symbol('JOB_PROCESSORS');
