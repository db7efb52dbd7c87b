import { Injectable } from '@nestjs/common';
import { QUEUES, type QueueName } from '@shadower/domain';

/** When this process last got on with the work of each queue; its start counts as that. */
@Injectable()
export class Progress {
  private readonly last = new Map<QueueName, number>(QUEUES.map((queue) => [queue, performance.now()]));

  /** A job of the queue was completed, or a long one is seen to go on. */
  made(queue: QueueName): void {
    this.last.set(queue, performance.now());
  }

  /** Milliseconds since then. */
  idleMs(queue: QueueName): number {
    return performance.now() - (this.last.get(queue) ?? 0);
  }
}
