import { Injectable } from '@nestjs/common';
import { onClusterScrape } from '@shadower/telemetry';
import { Backlog, STATES } from './backlog';
import { oldestAges } from './oldest-ages';

/** Exports the cluster's backlog. Every worker can answer for the whole; the scraper asks one of them. */
@Injectable()
export class JobMetrics {
  constructor(backlog: Backlog) {
    onClusterScrape('background_jobs_waiting', async () => {
      const queues = await backlog.ofQueues();
      return queues.flatMap(({ queue, jobs }) => STATES.map((state) => ({ labels: { queue, state }, value: jobs[state] })));
    });
    onClusterScrape('background_job_oldest_age_seconds', async () => oldestAges(...(await Promise.allSettled([backlog.ofQueues(), backlog.oldestMarkAgeSeconds()]))));
  }
}
