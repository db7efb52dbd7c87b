import type { LiveChannel, LiveEntry, LivePosition } from '@shadower/domain';
import type { LiveRecord } from '@shadower/redis';
import { Conflator, CONFLATED_CHANNELS, type FeedItem } from './conflator';
import type { Subscription } from './subscription';

/** Sends one item to everyone on a channel: the only place where frames of a feed leave. */
export type Broadcast = (workspaceId: string, ch: LiveChannel, item: FeedItem, to: ReadonlySet<Subscription>) => void;

/** What waits to leave as one frame of a channel. */
interface Pending {
  folded: Conflator;
  timer?: NodeJS.Timeout;
}

/** A workspace's stream inside this gateway: where reading stands, who listens to which channel, and what waits to be folded into one frame. */
export class Feed {
  position?: LivePosition;
  private readonly formerEpochs = new Set<string>();
  private readonly listeners = new Map<LiveChannel, Set<Subscription>>();
  private readonly pending = new Map<LiveChannel, Pending>();

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
    if (!CONFLATED_CHANNELS.has(entry.ch)) return this.broadcast(this.workspaceId, entry.ch, item, to);
    const pending = this.pending.get(entry.ch) ?? { folded: new Conflator() };
    this.pending.set(entry.ch, pending);
    pending.folded.offer(item);
    this.flushWhenDue(entry.ch, pending);
  }

  /** Up to where everything of a channel has left; undefined while something of it waits to be folded. */
  settled(ch: LiveChannel): LivePosition | undefined {
    return this.pending.get(ch)?.folded.dueIn(0) === undefined ? this.position : undefined;
  }

  /** Goes on from `position`, with nothing of what came before it. */
  restart(position: LivePosition): void {
    this.forgetPending();
    if (this.position && this.position.epoch !== position.epoch) this.formerEpochs.add(this.position.epoch);
    this.position = position;
  }

  /** True of a history that is known to be over: no position in it can be resumed from. */
  hasLeft(epoch: string): boolean {
    return this.formerEpochs.has(epoch);
  }

  private flushWhenDue(ch: LiveChannel, pending: Pending): void {
    const wait = pending.folded.dueIn(performance.now());
    if (wait === undefined || pending.timer) return;
    if (wait > 0) {
      pending.timer = setTimeout(() => {
        pending.timer = undefined;
        this.flushWhenDue(ch, pending);
      }, Math.ceil(wait));
      return;
    }
    const item = pending.folded.take(performance.now());
    const to = this.listeners.get(ch);
    if (item && to) this.broadcast(this.workspaceId, ch, item, to);
  }

  private forgetPending(): void {
    for (const { folded, timer } of this.pending.values()) {
      clearTimeout(timer);
      folded.clear();
    }
    this.pending.clear();
  }
}

export const itemOf = (offset: string, { ts, data, trace, request_id: requestId }: LiveEntry): FeedItem => ({ offset, ts, data, trace, requestId });
