import { Inject, Injectable } from '@nestjs/common';
import { rollupJob, type RollupJob } from '@shadower/domain';
import { RollupHints } from '@shadower/redis';
import { updateContext } from '@shadower/telemetry';
import type { JobProcessor } from '../jobs/job-processor';
import { RollupTurn } from './rollup-turn';

/** Injects how many workspaces this process rolls up at once. */
export const ROLLUP_CONCURRENCY = Symbol('ROLLUP_CONCURRENCY');

/** Brings the rollups of the workspace that a hint names up to its raw events. */
@Injectable()
export class RollupProcessor implements JobProcessor<RollupJob> {
  readonly queue = 'rollup' as const;
  readonly payload = rollupJob;
  readonly swept = true;

  constructor(
    @Inject(ROLLUP_CONCURRENCY) readonly concurrency: number,
    private readonly turn: RollupTurn,
    private readonly hints: RollupHints,
  ) {}

  async process({ workspace_id }: RollupJob): Promise<void> {
    updateContext({ workspace_id });
    if ((await this.turn.run(workspace_id)) === 'again') this.hints.hint(workspace_id);
  }
}
