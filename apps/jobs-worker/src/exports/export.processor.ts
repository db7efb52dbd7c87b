import { Processor } from '@nestjs/bullmq';
import { expireExports, exportProgressOf } from '@shadower/database';
import { exportJob, type ExportJob } from '@shadower/domain';
import { updateContext } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { JobHost } from '../jobs/job-host';
import { workerOptions } from '../jobs/worker-options';
import { ExportNews } from './export-news';
import { ExportRun } from './export-run';

/** Each holds two database connections: one reads, one writes. */
const AT_ONCE = 2;

/** Writes the exports that jobs name. */
@Processor('export', workerOptions(AT_ONCE))
export class ExportProcessor extends JobHost<ExportJob> {
  readonly payload = exportJob;
  override readonly swept = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly exports: ExportRun,
    private readonly news: ExportNews,
  ) {
    super();
  }

  protected async work({ workspace_id, export_id }: ExportJob): Promise<void> {
    updateContext({ workspace_id });
    await this.exports.run(workspace_id, export_id);
  }

  /** Deletes the files whose time is over, and tells of it. */
  async expire(now = new Date()): Promise<void> {
    for (const row of await expireExports(this.dataSource, now)) await this.news.tell(row, 'expired', exportProgressOf(row));
  }
}
