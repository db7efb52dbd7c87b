import type { QueueBacklog } from './backlog';
import { oldestAges } from './oldest-ages';

const jobs = { waiting: 1, active: 1, delayed: 0, failed: 0 };
const queues: QueueBacklog[] = [{ queue: 'rollup', jobs, oldestAge: { waiting: 3, active: 1 } }, { queue: 'export', jobs, oldestAge: { waiting: 5, active: 2 } }];
const answered = <T>(value: T): PromiseSettledResult<T> => ({ status: 'fulfilled', value });
const away: PromiseSettledResult<never> = { status: 'rejected', reason: new Error('away') };
const shown = (...outcomes: Parameters<typeof oldestAges>): string[] => oldestAges(...outcomes).map(({ labels: { queue, state }, value }) => `${queue} ${state} ${value}`);

describe('oldestAges', () => {
  it('takes the older of job and mark for a rollup', () => {
    expect(shown(answered(queues), answered(200))).toEqual(['rollup active 1', 'rollup waiting 200', 'export active 2', 'export waiting 5']);
    expect(shown(answered(queues), answered(0))).toContain('rollup waiting 3');
  });

  it('still tells the age of the marks while Redis is away, and nothing that it cannot know', () => expect(shown(away, answered(200))).toEqual(['rollup waiting 200']));

  it('still tells the ages of the jobs while PostgreSQL is away', () => expect(shown(answered(queues), away)).toEqual(['rollup active 1', 'rollup waiting 3', 'export active 2', 'export waiting 5']));

  it('fails when neither answers: 0 would be a lie that closes alerts', () => expect(() => oldestAges(away, away)).toThrow('away'));
});
