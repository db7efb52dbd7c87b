import { setTimeout as pause } from 'node:timers/promises';
import { Processor } from '@nestjs/bullmq';
import { inSystem, inWorkspace, type ForgottenExports } from '@shadower/database';
import { AppError, erasureJob, type ErasureJob } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { getLogger, updateContext } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { JobHost } from '../jobs/job-host';
import { ExportNews } from '../exports/export-news';
import { workerOptions } from '../jobs/worker-options';
import { RollupTurn } from '../rollups/rollup-turn';
import { eraseUser } from './erase-user';

const ROUNDS = 5;
/** Between rounds, since a workspace may rest after an expensive rollup. */
const PAUSE_MS = 1_000;
const ORDER = 'SELECT requested_at::text FROM erasures WHERE workspace_id = $1 AND user_id = $2';
const OVERDUE = `SELECT workspace_id, user_id FROM erasures WHERE requested_at < now() - interval '1 minute' ORDER BY random() LIMIT 100`;

/** Forgets users, as ordered in `erasures`. */
@Processor('erasure', workerOptions(1))
export class ErasureProcessor extends JobHost<ErasureJob> {
  readonly payload = erasureJob;
  override readonly swept = true;
  private readonly logger = getLogger('erasure');

  constructor(
    private readonly dataSource: DataSource,
    private readonly turn: RollupTurn,
    private readonly queues: JobQueues,
    private readonly news: ExportNews,
  ) {
    super();
  }

  protected async work({ workspace_id, user_id }: ErasureJob): Promise<void> {
    updateContext({ workspace_id });
    const [order]: { requested_at: string }[] = await inWorkspace(this.dataSource, workspace_id, (runner) => runner.query(ORDER, [workspace_id, user_id]));
    // The job of an order that is done: whoever goes by that name now has not asked to be forgotten.
    if (!order) return;
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round > 0) await pause(PAUSE_MS);
      await this.turn.run(workspace_id);
      const ended = await eraseUser(this.dataSource, { workspaceId: workspace_id, userId: user_id, requestedAt: order.requested_at });
      if (ended) return this.erased(workspace_id, ended);
    }
    throw new AppError('unavailable', 'The workspace is too busy to forget a user completely; it is tried again.');
  }

  /** Sends a job for each order that has waited for a minute, whatever became of its first job, and none for one that has a job of ours already. */
  async resume(): Promise<void> {
    const overdue: { workspace_id: string; user_id: string }[] = await inSystem(this.dataSource, (runner) => runner.query(OVERDUE));
    const queue = await this.queues.ready('erasure');
    for (const order of overdue) await queue.add('erase-user', { v: 1, ...order }, { removeOnComplete: true, deduplication: { id: JSON.stringify([order.workspace_id, order.user_id]) } });
  }

  private async erased(workspace_id: string, ended: ForgottenExports): Promise<void> {
    this.logger.info({ workspace_id }, 'user erased');
    for (const row of ended.deleted) await this.news.tell(row, 'deleted');
    for (const row of ended.failed) await this.news.tell(row, 'failed');
  }
}
