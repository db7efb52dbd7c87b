import { Injectable } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { QUEUES, type QueueName } from '@shadower/domain';
import { JobQueues, timeBox } from '@shadower/redis';
import { DataSource } from 'typeorm';

/** Shorter than a health check may take. */
const PATIENCE_MS = 700;
const OLDEST_MARK = 'SELECT extract(epoch FROM clock_timestamp() - min(marked_at))::float8 AS age FROM dirty_buckets';
export const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;
export type JobState = (typeof STATES)[number];

export interface QueueBacklog {
  queue: QueueName;
  jobs: Record<JobState, number>;
  /** In seconds, 0 without one: since when the oldest job that nobody has taken is due, and for how long the oldest job in work is being worked on. */
  oldestAge: { waiting: number; active: number };
}

/** What waits to be done, in the whole cluster: jobs in the queues, and marks in PostgreSQL that a queue may have lost. */
@Injectable()
export class Backlog {
  constructor(
    private readonly queues: JobQueues,
    private readonly dataSource: DataSource,
  ) {}

  /** Throws when Redis does not answer. */
  async ofQueues(): Promise<QueueBacklog[]> {
    return timeBox(PATIENCE_MS, Promise.all(QUEUES.map((name) => this.ofQueue(name))));
  }

  /** Age of the oldest bucket that waits for its rollup, in seconds; 0 without one. Throws when PostgreSQL does not answer. */
  async oldestMarkAgeSeconds(): Promise<number> {
    const ask: Promise<{ age: number | null }[]> = inSystem(this.dataSource, (runner) => runner.query(OLDEST_MARK));
    const [oldest] = await timeBox(PATIENCE_MS, ask);
    return Math.max(0, oldest?.age ?? 0);
  }

  private async ofQueue(name: QueueName): Promise<QueueBacklog> {
    const queue = await this.queues.ready(name);
    const [counts, [waiting], [active]] = await Promise.all([queue.getJobCounts(...STATES), queue.getJobs(['waiting'], 0, 0, true), queue.getJobs(['active'], 0, 0, true)]);
    const oldestAge = { waiting: ageOf(waiting && waiting.timestamp + (waiting.opts.delay ?? 0)), active: ageOf(active?.processedOn) };
    return { queue: name, jobs: counts as Record<JobState, number>, oldestAge };
  }
}

const ageOf = (since: number | undefined): number => (since === undefined ? 0 : Math.max(0, Date.now() - since) / 1_000);
