import { Inject, Injectable } from '@nestjs/common';
import { inWorkspace, runStatement } from '@shadower/database';
import { AppError } from '@shadower/domain';
import { RollupHints } from '@shadower/redis';
import { counter, TraceOperation } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { once, type KeptAnswer } from '../http/idempotency';
import { RetentionWindows } from '../retention-policy/retention-windows';
import { BacklogWatch } from './backlog-watch';
import { answerOf, checkBatch, type CheckedBatch } from './checked-batch';
import type { EventBatch } from './event-batch';
import { INGEST_LIMITS, type IngestLimits } from './ingest-limits';
import type { IngestResult } from './ingest-result';
import { INGEST, type IngestRow } from './ingest-statement';

/** Takes events in: stores what is right, names what is not, and tells the worker. */
@Injectable()
export class EventsService {
  private inFlight = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hints: RollupHints,
    private readonly windows: RetentionWindows,
    private readonly backlog: BacklogWatch,
    @Inject(INGEST_LIMITS) private readonly limits: IngestLimits,
  ) {}

  /**
   * Answers after the COMMIT. Throws AppError `unavailable` when PostgreSQL cannot keep the events now; sending all of them again is safe.
   * With a `key` the same request gets the same answer again (`replayed`), and another one `idempotency_key_reused`.
   */
  @TraceOperation('ingest_events')
  async ingest(workspaceId: string, batch: EventBatch, now: number, key?: string): Promise<KeptAnswer<IngestResult> & { replayed: boolean }> {
    if (this.inFlight >= this.limits.EVENTS_MAX_IN_FLIGHT) throw new AppError('unavailable', 'Too many batches are being stored at once; retry later.', { retryAfterMs: 500 });
    if (this.backlog.tooLong) throw new AppError('unavailable', 'The processing backlog is too large; retry later.', { retryAfterMs: 5_000 });
    this.inFlight++;
    try {
      const checked = checkBatch(batch, await this.windows.of(workspaceId, now));
      const answer = await (key === undefined ? this.store(workspaceId, checked) : this.storeOnce(workspaceId, checked, batch, key));
      if (!answer.replayed) this.tell(workspaceId, checked, answer.body);
      return answer;
    } finally {
      this.inFlight--;
    }
  }

  /** One statement, one round trip. */
  private async store(workspaceId: string, checked: CheckedBatch): Promise<KeptAnswer<IngestResult> & { replayed: false }> {
    const { columns } = checked;
    const { rows } = columns.length === 0 ? { rows: [] } : await runStatement<IngestRow>(this.dataSource, INGEST, [workspaceId, ...columns.values()]);
    return { ...answerOf(checked, rows[0]?.duplicates ?? []), replayed: false };
  }

  /** The same inside a transaction that remembers the answer. */
  private storeOnce(workspaceId: string, checked: CheckedBatch, batch: EventBatch, key: string): Promise<KeptAnswer<IngestResult> & { replayed: boolean }> {
    const { columns } = checked;
    return inWorkspace(this.dataSource, workspaceId, (runner) =>
      once(runner, { workspaceId, operation: 'ingestEvents', key, request: batch.items }, async () => {
        const rows = columns.length === 0 ? [] : ((await runner.query(INGEST.text, [workspaceId, ...columns.values()])) as IngestRow[]);
        return answerOf(checked, rows[0]?.duplicates ?? []);
      }),
    );
  }

  /** After the COMMIT: wakes the worker, and counts. */
  private tell(workspaceId: string, { columns, places }: CheckedBatch, { accepted, duplicate, rejected, results }: IngestResult): void {
    if (accepted > 0) this.hints.hint(workspaceId);
    const events = counter('analytics_events_ingested_total');
    if (accepted > 0) events.inc({ result: 'accepted' }, accepted);
    if (duplicate > 0) events.inc({ result: 'duplicate' }, duplicate);
    if (rejected.length > 0) events.inc({ result: 'rejected' }, rejected.length);
    const credits = accepted > 0 ? columns.credits((row) => results[places[row] as number] === 'accepted') : 0;
    if (credits > 0) counter('analytics_credits_consumed_total').inc({ workspace_id: workspaceId }, credits);
  }
}
