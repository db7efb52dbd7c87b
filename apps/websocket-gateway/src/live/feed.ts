import type { LiveChannel, LiveEntry, LivePosition } from '@shadower/domain';
import type { LiveRecord } from '@shadower/redis';
import { Conflator, type FeedItem } from './conflator';
import type { Subscription } from './subscription';

/** Sends one item to everyone on a channel: the only place where frames of a feed leave. */
export type Broadcast = (workspaceId: string, ch: LiveChannel, item: FeedItem, to: ReadonlySet<Subscription>) => void;

/** A workspace's stream inside this gateway: where reading stands, who listens to which channel, and what waits to be folded into one frame. */
export class Feed {
  position?: LivePosition;
  private readonly listeners = new Map<LiveChannel, Set<Subscription>>();
  private readonly metrics = new Conflator();
  private timer?: NodeJS.Timeout;

  constructor(
    readonly workspaceId: string,
    private readonly broadcast: Broadcast,
  ) {}

  get subscriptions(): Subscription[] {
    return [...this.listeners.values()].flatMap((set) => [...set]);
  }

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  add(subscription: Subscription): void {
    const set = this.listeners.get(subscription.ch) ?? new Set();
    this.listeners.set(subscription.ch, set.add(subscription));
  }

  remove(subscription: Subscription): void {
    const set = this.listeners.get(subscription.ch);
    set?.delete(subscription);
    if (set?.size === 0) this.listeners.delete(subscription.ch);
    if (this.isEmpty) this.forgetPending();
  }

  accept({ position, entry }: LiveRecord): void {
    this.position = position;
    const to = this.listeners.get(entry.ch);
    if (!to) return;
    const item = itemOf(position.offset, entry);
    if (entry.ch !== 'metrics') return this.broadcast(this.workspaceId, entry.ch, item, to);
    this.metrics.offer(item);
    this.flushWhenDue();
  }

  /** Goes on from `position`, with nothing of what came before it. */
  restart(position: LivePosition): void {
    this.forgetPending();
    this.position = position;
  }

  private flushWhenDue(): void {
    const wait = this.metrics.dueIn(performance.now());
    if (wait === undefined || this.timer) return;
    if (wait > 0) {
      this.timer = setTimeout(() => this.flushLater(), Math.ceil(wait));
      return;
    }
    const item = this.metrics.take(performance.now());
    const to = this.listeners.get('metrics');
    if (item && to) this.broadcast(this.workspaceId, 'metrics', item, to);
  }

  private flushLater(): void {
    this.timer = undefined;
    this.flushWhenDue();
  }

  private forgetPending(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.metrics.clear();
  }
}

export const itemOf = (offset: string, { ts, data, trace, request_id: requestId }: LiveEntry): FeedItem => ({ offset, ts, data, trace, requestId });
