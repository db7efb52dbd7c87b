import { Inject, Injectable } from '@nestjs/common';
import { AppError, QUEUES, type QueueName } from '@shadower/domain';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { openQueue } from './queue';
import { REDIS } from './tokens';

/** The sending half of every queue, opened when it is first needed. */
@Injectable()
export class JobQueues {
  private readonly opened = new Map<QueueName, Queue>();

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** The queue as it is, for looking at; a command on it fails while Redis is away. */
  of(name: QueueName): Queue {
    const queue = this.opened.get(name) ?? openQueue(name, this.redis);
    this.opened.set(name, queue);
    return queue;
  }

  /** The queue, ready to take a job. Throws at once while Redis is away. */
  async ready(name: QueueName): Promise<Queue> {
    if (this.redis.status !== 'ready') throw new Error('redis is away');
    const queue = this.of(name);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      // BullMQ gives a queue up for good when its connection breaks during the first handshake; the next caller opens another.
      if (this.opened.get(name) === queue) this.opened.delete(name);
      throw error;
    }
  }

  /** Sends a dead job to its queue once more; the same one twice is one job. Throws `unavailable` while Redis is away. */
  async resend({ id, queue, job_type, payload }: { id: string; queue: string; job_type: string; payload: unknown }): Promise<void> {
    const name = QUEUES.find((known) => known === queue);
    if (!name) throw new AppError('conflict', 'The queue of this job is not in use any more.');
    try {
      await (await this.ready(name)).add(job_type, payload, { jobId: `resent-${id}` });
    } catch (cause) {
      throw new AppError('unavailable', 'The queue cannot take a job right now.', { retryAfterMs: 1_000, cause });
    }
  }
}
