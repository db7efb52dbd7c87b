import { Injectable } from '@nestjs/common';
import { upkeepJob, type UpkeepJob, type UpkeepTask } from '@shadower/domain';
import { Undertaker } from '../dead-jobs/undertaker';
import type { JobProcessor } from '../jobs/job-processor';

/** Does the system's recurring work. */
@Injectable()
export class UpkeepProcessor implements JobProcessor<UpkeepJob> {
  readonly queue = 'upkeep' as const;
  readonly payload = upkeepJob;
  readonly concurrency = 1;
  private readonly tasks: Record<UpkeepTask, () => Promise<void>>;

  constructor(undertaker: Undertaker) {
    this.tasks = { 'forget-dead-jobs': () => undertaker.forget() };
  }

  process({ task }: UpkeepJob): Promise<void> {
    return this.tasks[task]();
  }
}
