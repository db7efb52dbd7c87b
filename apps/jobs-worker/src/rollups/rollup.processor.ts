import { Processor } from '@nestjs/bullmq';
import { rollupJob, type RollupJob } from '@shadower/domain';
import { RollupHints } from '@shadower/redis';
import { updateContext } from '@shadower/telemetry';
import { config } from '../config';
import { JobHost } from '../jobs/job-host';
import { workerOptions } from '../jobs/worker-options';
import { RollupTurn } from './rollup-turn';

/** Brings the rollups of the workspace that a hint names up to its raw events. */
@Processor('rollup', workerOptions(config.ROLLUP_CONCURRENCY))
export class RollupProcessor extends JobHost<RollupJob> {
  readonly payload = rollupJob;
  override readonly swept = true;

  constructor(
    private readonly turn: RollupTurn,
    private readonly hints: RollupHints,
  ) {
    super();
  }

  protected async work({ workspace_id }: RollupJob): Promise<void> {
    updateContext({ workspace_id });
    if ((await this.turn.run(workspace_id)) === 'again') this.hints.hint(workspace_id);
  }
}
