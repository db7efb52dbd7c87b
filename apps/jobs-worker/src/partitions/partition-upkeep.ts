import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ensureEventPartitions, inSystem, type Step } from '@shadower/database';
import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { RepeatingTask } from '../jobs/repeating-task';

const EVERY_MS = 3_600_000;
const AFTER_FAILURE_MS = 30_000;

/** Keeps a week of daily partitions ahead of the events, so that a worker that is away for days does no harm. */
@Injectable()
export class PartitionUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('partitions');
  private task?: RepeatingTask;
  private dueAt = 0;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.task = new RepeatingTask(AFTER_FAILURE_MS, () => this.whenDue());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task?.stop();
  }

  /** Days that got their partition now. */
  ensure(): Promise<string[]> {
    const step: Step = (text, values) =>
      inSystem(this.dataSource, async (runner) => {
        // Some of it needs a short lock on events_default; ingest must not queue up behind it for long.
        await runner.query(`SET LOCAL lock_timeout = '2s'`);
        return runner.query(text, values);
      });
    return ensureEventPartitions(step);
  }

  private async whenDue(): Promise<void> {
    if (performance.now() < this.dueAt) return;
    try {
      const made = await this.ensure();
      if (made.length > 0) this.logger.info({ days: made }, 'event partitions made');
      this.dueAt = performance.now() + EVERY_MS;
    } catch (err) {
      this.logger.warn({ err, retry_ms: AFTER_FAILURE_MS }, 'event partitions could not be made');
    }
  }
}
