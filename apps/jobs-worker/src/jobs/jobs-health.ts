import { Injectable } from '@nestjs/common';
import { getLogger, HealthRegistry } from '@shadower/telemetry';
import { Backlog } from './backlog';
import { JobRunner } from './job-runner';
import { Progress } from './progress';

const STUCK_AFTER_SECONDS = 60;

/** Both in seconds. A worker that has just started, or that completes something now and then, is given time for a backlog. */
export const isStuck = (oldestWaiting: number, idle: number): boolean => oldestWaiting > STUCK_AFTER_SECONDS && idle > STUCK_AFTER_SECONDS;

/**
 * Work that waits while nothing is completed: a worker can hang with all its connections alive, so only this tells it from an idle one.
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
    const oldest = Math.max(oldestMark, ...queues.map(({ oldestAge }) => oldestAge.waiting));
    const idle = this.progress.idleMs() / 1_000;
    if (isStuck(oldest, idle)) throw new Error(`work has waited for ${Math.round(oldest)} s and nothing was completed for ${Math.round(idle)} s`);
    return { workers: this.runner.running(), oldest_job_age_seconds: Math.round(oldest), idle_seconds: Math.round(idle), queues: Object.fromEntries(queues.map(({ queue, jobs }) => [queue, jobs])) };
  }

  private async known<T>(question: Promise<T>, unknown: T): Promise<T> {
    return question.catch((err: unknown) => {
      this.logger.debug({ err }, 'backlog unknown');
      return unknown;
    });
  }
}
