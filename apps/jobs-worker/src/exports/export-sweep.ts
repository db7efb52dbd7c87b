import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { overdueExport, type ExportRow } from '@shadower/database';
import { captureException, extractTrace, getLogger, runJob, updateContext, withSpan } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { Progress } from '../jobs/progress';
import { RepeatingTask } from '../jobs/repeating-task';
import { ExportRun } from './export-run';

const EVERY_MS = 2_000;

/** Finds exports whose job was lost or whose worker died, and writes them itself, in the trace of the request, so that exports go on without Redis. */
@Injectable()
export class ExportSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('export-sweep');
  private task?: RepeatingTask;

  constructor(
    private readonly dataSource: DataSource,
    private readonly exports: ExportRun,
    private readonly progress: Progress,
  ) {}

  onApplicationBootstrap(): void {
    this.task = new RepeatingTask(EVERY_MS, () => this.sweep());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task?.stop();
  }

  private async sweep(): Promise<void> {
    try {
      const row = await overdueExport(this.dataSource);
      if (row) await this.write(row);
    } catch (err) {
      this.logger.debug({ err }, 'sweep not possible');
      captureException(err, { endpoint: 'sweep export' });
    }
  }

  /** A failure is logged and counted by runJob. */
  private async write({ workspace_id, id, trace, request_id }: ExportRow): Promise<void> {
    const job = { queue: 'export', jobType: 'sweep', jobId: `sweep:${id}`, attempt: 1, attemptsMax: 2, context: { workspace_id, request_id: request_id ?? undefined } } as const;
    const run = withSpan('sweep export', { parent: extractTrace({ traceparent: trace ?? undefined }) }, () =>
      runJob(job, async () => {
        updateContext({ workspace_id });
        await this.exports.run(workspace_id, id);
      }),
    );
    await run.then(
      () => this.progress.made('export'),
      // No attempt is the last one of a sweep, so runJob reports none of its failures.
      (err: unknown) => captureException(err, { endpoint: 'sweep export', workspace_id }),
    );
  }
}
