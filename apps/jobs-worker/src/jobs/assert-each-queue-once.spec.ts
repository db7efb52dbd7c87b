import { QUEUES } from '@shadower/domain';
import { assertEachQueueOnce } from './assert-each-queue-once';

describe('assertEachQueueOnce', () => {
  it('accepts one processor for each declared queue', () => {
    expect(() => assertEachQueueOnce([...QUEUES])).not.toThrow();
  });

  it.each(QUEUES)('refuses to start without a processor for %s', (queue) => {
    expect(() => assertEachQueueOnce(QUEUES.filter((name) => name !== queue))).toThrow(queue);
  });

  it('refuses two processors for one queue, and one for a queue that nobody declared', () => {
    expect(() => assertEachQueueOnce([...QUEUES, QUEUES[0]])).toThrow(QUEUES[0]);
    expect(() => assertEachQueueOnce([...QUEUES, 'nobodys'])).toThrow('nobodys');
  });
});
