import type { LiveChannel, LiveRow } from '@shadower/domain';

/** At most one frame of a conflated channel within this time. */
export const CONFLATION_MS = 250;

/** Their entries are rows, of which only the latest counts. Alerts and exports are happenings: each is told. */
export const CONFLATED_CHANNELS: ReadonlySet<LiveChannel> = new Set(['metrics', 'executions', 'credits']);

/** One entry of a workspace's stream with its place in it. */
export interface FeedItem {
  offset: string;
  ts: string;
  data: Record<string, unknown>;
  /** W3C traceparent of the work that caused it. */
  trace?: string;
  requestId?: string;
}

/**
 * Folds entries of one channel together: of two rows for one (bucket, kind) the latest stands for both, since each is whole.
 * The first entry after a quiet time leaves at once; those that follow wait for their 250 ms to end. The clock is an argument.
 */
export class Conflator {
  private pending?: FeedItem;
  private rows = new Map<string, LiveRow>();
  private lastTaken = -Infinity;

  offer(item: FeedItem): void {
    for (const row of bucketsOf(item)) this.rows.set(`${row.bucket} ${row.kind}`, row);
    // Fields beside the rows are facts of the moment: the latest entry's replace the earlier ones.
    this.pending = { ...item, data: { ...this.pending?.data, ...item.data } };
  }

  /** Milliseconds until something may leave; undefined when nothing waits. */
  dueIn(now: number): number | undefined {
    return this.pending && Math.max(0, this.lastTaken + CONFLATION_MS - now);
  }

  /** The one item that stands for all that were offered since the last time, under the offset and trace of the latest. */
  take(now: number): FeedItem | undefined {
    const { pending } = this;
    if (!pending) return undefined;
    const item = { ...pending, data: { ...pending.data, buckets: [...this.rows.values()] } };
    this.clear();
    this.lastTaken = now;
    return item;
  }

  clear(): void {
    this.pending = undefined;
    this.rows = new Map();
  }
}

const bucketsOf = (item: FeedItem): LiveRow[] => (Array.isArray(item.data['buckets']) ? (item.data['buckets'] as LiveRow[]) : []);
