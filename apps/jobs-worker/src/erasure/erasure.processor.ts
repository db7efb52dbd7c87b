import { Processor } from '@nestjs/bullmq';
import { inSystem } from '@shadower/database';
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
const OVERDUE = `SELECT workspace_id, user_id FROM erasures WHERE requested_at < now() - interval '1 minute' ORDER BY requested_at LIMIT 100`;

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
    for (let round = 0; round < ROUNDS; round += 1) {
      await this.turn.run(workspace_id);
      const ended = await eraseUser(this.dataSource, workspace_id, user_id);
      if (!ended) continue;
      this.logger.info({ workspace_id }, 'user erased');
      for (const row of ended.deleted) await this.news.tell(row, 'deleted');
      for (const row of ended.failed) await this.news.tell(row, 'failed');
      return;
    }
    throw new AppError('unavailable', 'The workspace is too busy to forget a user completely; it is tried again.');
  }

  /** Sends a job for each order that has waited for a minute, whatever became of its first job. */
  async resume(): Promise<void> {
    const overdue: { workspace_id: string; user_id: string }[] = await inSystem(this.dataSource, (runner) => runner.query(OVERDUE));
    const queue = await this.queues.ready('erasure');
    for (const order of overdue) await queue.add('erase-user', { v: 1, ...order }, { removeOnComplete: true });
  }
}
