import { QUEUES } from '@shadower/domain';
import { HealthRegistry } from '@shadower/telemetry';
import type { Backlog } from './backlog';
import type { JobRunner } from './job-runner';
import { isStuck, JobsHealth, STUCK_AFTER_SECONDS } from './jobs-health';
import { Progress } from './progress';

describe('isStuck', () => {
  it.each(QUEUES)('is true of %s only when work has waited and nothing was completed, both for longer than they may', (queue) => {
    const limit = STUCK_AFTER_SECONDS[queue];
    expect(isStuck(queue, limit + 1, limit + 1)).toBe(true);
    expect(isStuck(queue, limit + 1, limit)).toBe(false);
    expect(isStuck(queue, limit, limit + 1)).toBe(false);
    expect(isStuck(queue, 0, 86_400)).toBe(false);
    expect(isStuck(queue, 86_400, 1)).toBe(false);
  });

  it('expects a rollup within a minute', () => expect(STUCK_AFTER_SECONDS.rollup).toBe(60));
});

describe('JobsHealth', () => {
  const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
  const health = (waitingSeconds: Partial<Record<(typeof QUEUES)[number], number>>, oldestMark: number, idleSeconds: (queue: string) => number) => {
    const registry = new HealthRegistry();
    const ofQueues = async () => QUEUES.map((queue) => ({ queue, jobs: none, oldestAge: { waiting: waitingSeconds[queue] ?? 0, active: 0 } }));
    const progress = Object.assign(new Progress(), { idleMs: (queue: string) => idleSeconds(queue) * 1_000 });
    new JobsHealth({ ofQueues, oldestMarkAgeSeconds: async () => oldestMark } as unknown as Backlog, progress, { running: () => 4 } as JobRunner, registry);
    return registry.probe('background-jobs', Date.now());
  };

  it('finds rollups stuck while another queue gets on', async () => {
    expect(await health({}, 61, (queue) => (queue === 'rollup' ? 61 : 0))).toMatchObject({ status: 'down' });
    expect(await health({ rollup: 61 }, 0, (queue) => (queue === 'rollup' ? 61 : 0))).toMatchObject({ status: 'down' });
  });

  it('finds nothing stuck where the queue that waits gets on', async () => {
    expect(await health({ rollup: 600, export: 600 }, 600, (queue) => (queue === 'upkeep' ? 10_000 : 5))).toMatchObject({ status: 'up' });
  });
});
