import type { QueueName } from '@shadower/domain';
import type { QueueBacklog } from './backlog';

export interface OldestAge {
  labels: { queue: QueueName; state: 'active' | 'waiting' };
  /** In seconds; 0 without such a job. */
  value: number;
}

/**
 * Ages of the oldest jobs, from whichever of Redis (`queues`) and PostgreSQL (`mark`) answered: a mark is a waiting rollup, whether or not a job
 * stands for it, and while Redis is away it is all that is known of the waiting work. Throws when neither answered.
 */
export function oldestAges(queues: PromiseSettledResult<readonly QueueBacklog[]>, mark: PromiseSettledResult<number>): OldestAge[] {
  const oldestMark = mark.status === 'fulfilled' ? mark.value : undefined;
  if (queues.status === 'rejected') {
    if (oldestMark === undefined) throw queues.reason;
    return [{ labels: { queue: 'rollup', state: 'waiting' }, value: oldestMark }];
  }
  return queues.value.flatMap(({ queue, oldestAge }) => [
    { labels: { queue, state: 'active' }, value: oldestAge.active },
    { labels: { queue, state: 'waiting' }, value: queue === 'rollup' ? Math.max(oldestAge.waiting, oldestMark ?? 0) : oldestAge.waiting },
  ]);
}
