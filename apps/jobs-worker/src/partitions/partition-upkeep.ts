import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { RepeatingTask } from '../jobs/repeating-task';

const DAYS_AHEAD = 7;
const EVERY_MS = 3_600_000;
const AFTER_FAILURE_MS = 30_000;
/** An arbitrary number that only this task locks: one replica makes partitions at a time. */
const LOCK = 7_221_908_412;

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

  /** Days that got their partition now; none when another replica is at it. */
  async ensure(): Promise<string[]> {
    return inSystem(this.dataSource, async (runner) => {
      const [lock]: { free: boolean }[] = await runner.query('SELECT pg_try_advisory_xact_lock($1) AS free', [LOCK]);
      if (!lock?.free) return [];
      // Attaching a partition needs a lock on events_default; ingest must not queue up behind it for long.
      await runner.query(`SET LOCAL lock_timeout = '2s'`);
      const made: { day: string }[] = await runner.query(
        `SELECT d.day::text FROM (SELECT (now() AT TIME ZONE 'UTC')::date + n AS day FROM generate_series(-1, ${DAYS_AHEAD}) n) d WHERE ensure_event_partition(d.day)`,
      );
      return made.map(({ day }) => day);
    });
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
