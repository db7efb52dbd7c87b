import type { QueueName } from '@shadower/domain';
import { getLogger } from '@shadower/telemetry';
import { Queue, type JobsOptions } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { Redis } from 'ioredis';
import { keys } from './keys';

/** Carries the caller's trace into the job; the same on both sides of a queue. */
export const queueTelemetry = (): BullMQOtel => new BullMQOtel({ tracerName: 'bullmq' });

const DEFAULT_JOB: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: { count: 100 },
  // The worker moves them to PostgreSQL; what Redis trimmed before that would be lost.
  removeOnFail: false,
};

/** The sending half of a queue, over a `command` connection that the caller owns and closes. */
export function openQueue(name: QueueName, redis: Redis): Queue {
  const queue = new Queue(name, { connection: redis, prefix: keys.queuePrefix, telemetry: queueTelemetry(), defaultJobOptions: DEFAULT_JOB, skipMetasUpdate: true });
  // The connection logs its own loss; without a listener the event would end the process.
  queue.on('error', (err) => getLogger('bullmq').debug({ err, queue: name }, 'queue error'));
  return queue;
}
