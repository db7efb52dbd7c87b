import { Injectable } from '@nestjs/common';
import { onClusterScrape } from '@shadower/telemetry';
import { Backlog, STATES } from './backlog';

/** Exports the cluster's backlog. Every worker can answer for the whole; the scraper asks one of them. */
@Injectable()
export class JobMetrics {
  constructor(backlog: Backlog) {
    onClusterScrape('background_jobs_waiting', async () => {
      const queues = await backlog.ofQueues();
      return queues.flatMap(({ queue, jobs }) => STATES.map((state) => ({ labels: { queue, state }, value: jobs[state] })));
    });
    onClusterScrape('background_job_oldest_age_seconds', async () => {
      const [queues, oldestMark] = await Promise.all([backlog.ofQueues(), backlog.oldestMarkAgeSeconds()]);
      return queues.flatMap(({ queue, oldestAge }) => [
        { labels: { queue, state: 'active' as const }, value: oldestAge.active },
        // A mark is a waiting rollup, whether or not a job stands for it.
        { labels: { queue, state: 'waiting' as const }, value: queue === 'rollup' ? Math.max(oldestAge.waiting, oldestMark) : oldestAge.waiting },
      ]);
    });
  }
}
