import { Inject, Injectable } from '@nestjs/common';
import { runStatement } from '@shadower/database';
import { AppError } from '@shadower/domain';
import { RollupHints } from '@shadower/redis';
import { counter, problemOf, TraceOperation } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { checkEvent, timeWindow } from './check-event';
import type { EventBatch } from './event-batch';
import { EventColumns } from './event-columns';
import type { IngestResult } from './ingest-result';
import { INGEST, type IngestRow } from './ingest-statement';

/** What the service takes from the environment. */
export const INGEST_LIMITS = Symbol('INGEST_LIMITS');
export interface IngestLimits {
  EVENTS_MAX_AGE_DAYS: number;
  EVENTS_MAX_IN_FLIGHT: number;
}

/** Takes events in: stores what is right, names what is not, and tells the worker. */
@Injectable()
export class EventsService {
  private inFlight = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hints: RollupHints,
    @Inject(INGEST_LIMITS) private readonly limits: IngestLimits,
  ) {}

  /** Answers after the COMMIT. Throws AppError `unavailable` when PostgreSQL cannot keep the events now; sending all of them again is safe. */
  @TraceOperation('ingest_events')
  async ingest(workspaceId: string, batch: EventBatch, now: number): Promise<IngestResult> {
    if (this.inFlight >= this.limits.EVENTS_MAX_IN_FLIGHT) throw new AppError('unavailable', 'Too many batches are being stored at once.', { retryAfterMs: 500 });
    this.inFlight++;
    try {
      return await this.store(workspaceId, batch, now);
    } finally {
      this.inFlight--;
    }
  }

  private async store(workspaceId: string, { items, pointer }: EventBatch, now: number): Promise<IngestResult> {
    const window = timeWindow(now, this.limits.EVENTS_MAX_AGE_DAYS);
    const columns = new EventColumns();
    /** Where the rows of `columns` stand in the request. */
    const places: number[] = [];
    const result: IngestResult = { accepted: 0, duplicate: 0, rejected: [], results: new Array(items.length).fill('accepted') };
    items.forEach((item, index) => {
      const event = checkEvent(item, `${pointer}/${index}`, window);
      if (event instanceof AppError) {
        result.rejected.push({ index, id: idOf(item), problem: problemOf(event) });
        result.results[index] = 'rejected';
        return;
      }
      columns.add(event);
      places.push(index);
    });
    const duplicates = await this.insert(workspaceId, columns);
    for (const position of duplicates) result.results[places[position - 1] as number] = 'duplicate';
    result.duplicate = duplicates.length;
    result.accepted = columns.length - duplicates.length;
    if (result.accepted > 0) this.hints.hint(workspaceId);
    count(workspaceId, result, result.accepted > 0 ? columns.credits(duplicates) : 0);
    return result;
  }

  /** The positions (from 1) of the rows that were stored before. */
  private async insert(workspaceId: string, columns: EventColumns): Promise<number[]> {
    if (columns.length === 0) return [];
    const { rows } = await runStatement<IngestRow>(this.dataSource, INGEST, [workspaceId, ...columns.values()]);
    return rows[0]?.duplicates ?? [];
  }
}

const idOf = (item: unknown): string | null => {
  const id = (item as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' ? id.slice(0, 128).toWellFormed() : null;
};

function count(workspaceId: string, { accepted, duplicate, rejected }: IngestResult, credits: number): void {
  const events = counter('analytics_events_ingested_total');
  if (accepted > 0) events.inc({ result: 'accepted' }, accepted);
  if (duplicate > 0) events.inc({ result: 'duplicate' }, duplicate);
  if (rejected.length > 0) events.inc({ result: 'rejected' }, rejected.length);
  if (credits > 0) counter('analytics_credits_consumed_total').inc({ workspace_id: workspaceId }, credits);
}
