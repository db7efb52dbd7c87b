import { Processor } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import { upkeepJob, type UpkeepJob, type UpkeepTask } from '@shadower/domain';
import { AlertWatch } from '../alerts/alert-watch';
import { DeadJobKeeper } from '../dead-jobs/dead-job-keeper';
import { ErasureProcessor } from '../erasure/erasure.processor';
import { ExportProcessor } from '../exports/export.processor';
import { JobHost } from '../jobs/job-host';
import { workerOptions } from '../jobs/worker-options';
import { Retention } from '../retention/retention';
import { DayUpkeep } from '../rollups/day-upkeep';
import { DataSource } from 'typeorm';
import { forgetIdempotencyKeys } from './forget-idempotency-keys';

/** Does the system's recurring work. */
@Processor('upkeep', workerOptions(1))
export class UpkeepProcessor extends JobHost<UpkeepJob> {
  readonly payload = upkeepJob;
  /** The next tick does what this one could not. */
  override readonly swept = true;
  @Inject(Retention) private readonly retention!: Retention;
  @Inject(DataSource) private readonly dataSource!: DataSource;
  private readonly tasks: Record<UpkeepTask, () => Promise<void>>;

  constructor(alerts: AlertWatch, erasures: ErasureProcessor, deadJobs: DeadJobKeeper, exports: ExportProcessor, days: DayUpkeep) {
    super();
    this.tasks = {
      'quota-check': () => alerts.quotas(),
      'spike-detect': () => alerts.spikes(),
      'resume-erasures': () => erasures.resume(),
      'settle-days': () => days.settle(),
      'expire-events': () => this.retention.run(),
      'forget-dead-jobs': () => deadJobs.forget(),
      'forget-idempotency-keys': () => forgetIdempotencyKeys(this.dataSource),
      'expire-exports': () => exports.expire(),
    };
  }

  protected work({ task }: UpkeepJob): Promise<void> {
    return this.tasks[task]();
  }
}
