import { AppError } from '@shadower/domain';
import { problemOf } from '@shadower/telemetry';
import type { KeptAnswer } from '../http/idempotency';
import { checkEvent, type TimeWindow } from './check-event';
import type { EventBatch } from './event-batch';
import { EventColumns } from './event-columns';
import type { IngestResult } from './ingest-result';

/** A batch after its events were checked one by one. */
export interface CheckedBatch {
  /** The right ones. */
  columns: EventColumns;
  /** Where the rows of `columns` stand in the request. */
  places: number[];
  rejected: IngestResult['rejected'];
}

export function checkBatch({ items, pointer }: EventBatch, window: TimeWindow): CheckedBatch {
  const checked: CheckedBatch = { columns: new EventColumns(), places: [], rejected: [] };
  items.forEach((item, index) => {
    const event = checkEvent(item, `${pointer}/${index}`, window);
    if (event instanceof AppError) {
      checked.rejected.push({ index, id: idOf(item), problem: problemOf(event) });
      return;
    }
    checked.columns.add(event);
    checked.places.push(index);
  });
  return checked;
}

/** What the caller is told once the rows are stored; `duplicates` are positions (from 1) of rows that were stored before. */
export function answerOf({ columns, places, rejected }: CheckedBatch, duplicates: number[]): KeptAnswer<IngestResult> {
  const results: IngestResult['results'] = new Array(places.length + rejected.length).fill('accepted');
  for (const { index } of rejected) results[index] = 'rejected';
  for (const position of duplicates) results[places[position - 1] as number] = 'duplicate';
  const status = rejected.length === 0 ? 200 : rejected.length === results.length ? 422 : 207;
  return { status, body: { accepted: columns.length - duplicates.length, duplicate: duplicates.length, rejected, results } };
}

const idOf = (item: unknown): string | null => {
  const id = (item as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' ? id.slice(0, 128).toWellFormed() : null;
};
