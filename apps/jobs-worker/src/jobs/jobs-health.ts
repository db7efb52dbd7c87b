import { Injectable } from '@nestjs/common';
import { QUEUES, type QueueName } from '@shadower/domain';
import { getLogger, HealthRegistry } from '@shadower/telemetry';
import { Backlog } from './backlog';
import { JobRunner } from './job-runner';
import { Progress } from './progress';

/** For so long the work of a queue may wait while nothing of it gets on: longer than its longest job, which others have to wait for. */
export const STUCK_AFTER_SECONDS: Readonly<Record<QueueName, number>> = { rollup: 60, export: 60, upkeep: 300, erasure: 3_600 };

/** Both in seconds. A worker that has just started, or that completes something now and then, is given time for a backlog. */
export const isStuck = (queue: QueueName, oldestWaiting: number, idle: number): boolean => Math.min(oldestWaiting, idle) > STUCK_AFTER_SECONDS[queue];

/**
 * Work that waits while nothing of its queue is completed: a worker can hang with all its connections alive, so only this tells it from an idle one.
 * Each queue by itself, because what goes on in one says nothing of another.
 * Without Redis or PostgreSQL nothing is known about that side, and their own checks say so.
 */
@Injectable()
export class JobsHealth {
  private readonly logger = getLogger('jobs-health');

  constructor(
    private readonly backlog: Backlog,
    private readonly progress: Progress,
    private readonly runner: JobRunner,
    health: HealthRegistry,
  ) {
    health.register({ name: 'background-jobs', criticality: 'required', check: () => this.check() });
  }

  private async check(): Promise<Record<string, unknown>> {
    const [queues, oldestMark] = await Promise.all([this.known(this.backlog.ofQueues(), []), this.known(this.backlog.oldestMarkAgeSeconds(), 0)]);
    const waiting = new Map(queues.map(({ queue, oldestAge }) => [queue, oldestAge.waiting]));
    waiting.set('rollup', Math.max(waiting.get('rollup') ?? 0, oldestMark));
    for (const [queue, oldest] of waiting) {
      const idle = this.progress.idleMs(queue) / 1_000;
      if (isStuck(queue, oldest, idle)) throw new Error(`work of the queue ${queue} has waited for ${Math.round(oldest)} s and nothing of it was completed for ${Math.round(idle)} s`);
    }
    const idle = Object.fromEntries(QUEUES.map((queue) => [queue, Math.round(this.progress.idleMs(queue) / 1_000)]));
    return { workers: this.runner.running(), oldest_job_age_seconds: Math.round(Math.max(...waiting.values())), idle_seconds: idle, queues: Object.fromEntries(queues.map(({ queue, jobs }) => [queue, jobs])) };
  }

  private async known<T>(question: Promise<T>, unknown: T): Promise<T> {
    return question.catch((err: unknown) => {
      this.logger.debug({ err }, 'backlog unknown');
      return unknown;
    });
  }
}
