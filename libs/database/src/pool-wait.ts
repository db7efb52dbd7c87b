import { AppError } from '@shadower/domain';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** How often waiting is looked at in the time that is allowed. */
const TICKS = 10;

/** Callers that wait for a connection of one pool. */
class Queue {
  /** How long each has waited, in milliseconds that count; the first of them first. */
  private readonly places = new Set<{ waitedMs: number }>();
  private handedOut = 0;
  private timer?: NodeJS.Timeout;
  private lookedAt = 0;

  constructor(
    private readonly pool: Pool,
    private readonly mostMs: number,
  ) {
    pool.on('acquire', () => void (this.handedOut += 1));
    pool.on('release', () => void (this.handedOut -= 1));
  }

  async joined<T>(connect: () => Promise<T>): Promise<T> {
    const [first] = this.places;
    if (first && first.waitedMs >= this.mostMs) throw new AppError('unavailable', 'Too many requests wait for the database.', { retryAfterMs: 1_000 });
    const place = { waitedMs: 0 };
    this.places.add(place);
    if (!this.timer) this.watch();
    try {
      return await connect();
    } finally {
      this.places.delete(place);
    }
  }

  private watch(): void {
    const tickMs = this.mostMs / TICKS;
    this.lookedAt = performance.now();
    this.timer = setInterval(() => this.look(tickMs), tickMs).unref();
  }

  /**
   * Only time in which every connection is at work counts: opening one has a time-out of its own. And only time in which this process itself ran: after
   * one in which it stood still, answers wait to be read, and connections are about to come back.
   */
  private look(tickMs: number): void {
    const now = performance.now();
    const passedMs = Math.min(now - this.lookedAt, 2 * tickMs);
    this.lookedAt = now;
    if (this.places.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    } else if (this.handedOut >= (this.pool.options.max ?? 0)) for (const place of this.places) place.waitedMs += passedMs;
  }
}

const queues = new WeakMap<DataSource, Queue>();

/** From now on callers are refused while somebody has waited longer than `mostMs` for one of the connections of this data source, all of them being at work. */
export const limitPoolWait = (dataSource: DataSource, pool: Pool, mostMs: number): void => void queues.set(dataSource, new Queue(pool, mostMs));

/** Waits for a connection. Throws AppError `unavailable` at once when others have waited too long: one more would only make the queue longer. */
export const queued = <T>(dataSource: DataSource, connect: () => Promise<T>): Promise<T> => queues.get(dataSource)?.joined(connect) ?? connect();
