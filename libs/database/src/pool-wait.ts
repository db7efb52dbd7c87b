import { AppError } from '@shadower/domain';
import type { DataSource } from 'typeorm';

interface Queue {
  mostMs: number;
  /** Since when each caller waits, the first of them first. */
  since: Set<{ at: number }>;
}
const queues = new WeakMap<DataSource, Queue>();

/** From now on callers are refused while somebody has waited longer than `mostMs` for a connection of this data source. */
export const limitPoolWait = (dataSource: DataSource, mostMs: number): void => void queues.set(dataSource, { mostMs, since: new Set() });

/** Waits for a connection. Throws AppError `unavailable` at once when others have waited too long: one more would only make the queue longer. */
export async function queued<T>(dataSource: DataSource, connect: () => Promise<T>): Promise<T> {
  const queue = queues.get(dataSource);
  if (!queue) return connect();
  const [first] = queue.since;
  if (first && performance.now() - first.at > queue.mostMs) throw new AppError('unavailable', 'Too many requests wait for the database.', { retryAfterMs: 1_000 });
  const place = { at: performance.now() };
  queue.since.add(place);
  try {
    return await connect();
  } finally {
    queue.since.delete(place);
  }
}
