import { Injectable } from '@nestjs/common';
import { upkeepJob, type UpkeepJob, type UpkeepTask } from '@shadower/domain';
import { AlertWatch } from '../alerts/alert-watch';
import { Undertaker } from '../dead-jobs/undertaker';
import { ErasureProcessor } from '../erasure/erasure.processor';
import type { JobProcessor } from '../jobs/job-processor';

/** Does the system's recurring work. */
@Injectable()
export class UpkeepProcessor implements JobProcessor<UpkeepJob> {
  readonly queue = 'upkeep' as const;
  readonly payload = upkeepJob;
  readonly concurrency = 1;
  /** The next tick does what this one could not. */
  readonly swept = true;
  private readonly tasks: Record<UpkeepTask, () => Promise<void>>;

  constructor(alerts: AlertWatch, erasures: ErasureProcessor, undertaker: Undertaker) {
    this.tasks = {
      'quota-check': () => alerts.quotas(),
      'spike-detect': () => alerts.spikes(),
      'resume-erasures': () => erasures.resume(),
      'forget-dead-jobs': () => undertaker.forget(),
    };
  }

  process({ task }: UpkeepJob): Promise<void> {
    return this.tasks[task]();
  }
}
