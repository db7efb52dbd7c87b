import { Injectable } from '@nestjs/common';
import type { LiveChannel, LivePosition } from '@shadower/domain';
import { LiveStream, type LiveRecord } from '@shadower/redis';
import { Conflator, CONFLATED_CHANNELS } from './conflator';
import { itemOf, type Feed } from './feed';
import { eventFrame, type EventFrame } from './server-frame';
import { SnapshotReader } from './snapshot-reader';
import type { Subscription } from './subscription';

/**
 * Brings a subscription up to the present: from history where that covers what the client knows, else with an announced gap and a snapshot.
 * The snapshot is read after its position was noted, so a frame may repeat what it holds but none can be missing between the two.
 */
@Injectable()
export class SubscriptionOpener {
  constructor(
    private readonly stream: LiveStream,
    private readonly snapshots: SnapshotReader,
  ) {}

  /** Throws `unavailable` when Redis or PostgreSQL does not answer; the subscription is then left `behind`. */
  async open(feed: Feed, subscription: Subscription): Promise<void> {
    const overtaken = subscription.hold();
    try {
      if (await this.resumed(feed, subscription, overtaken)) return;
      const at = feed.position;
      const snapshot = await this.snapshots.fresh(feed.workspaceId, subscription.ch);
      if (overtaken() || !at) return;
      subscription.begin({ at, recovered: false, snapshot });
    } catch (error) {
      if (!overtaken()) subscription.postpone();
      throw error;
    }
  }

  /** True when nothing more is to be done in this attempt. */
  private async resumed(feed: Feed, subscription: Subscription, overtaken: () => boolean): Promise<boolean> {
    const since = subscription.position;
    if (!since) return false;
    // The reader has asked already: to ask again for each of thousands of subscriptions would only burden a Redis that has just come back.
    if (feed.position && feed.hasLeft(since.epoch)) return this.surrendered(subscription, feed.position);
    const { recovered, position, records } = await this.stream.history(feed.workspaceId, since);
    if (overtaken()) return true;
    if (recovered) {
      subscription.begin({ at: since, recovered, snapshot: null }, framesOf(subscription.ch, records));
      return true;
    }
    return this.surrendered(subscription, position);
  }

  /** True when the client had no room for the word, so that a snapshot must wait. */
  private surrendered(subscription: Subscription, at: LivePosition): boolean {
    if (subscription.announceGap(at)) return false;
    subscription.postpone();
    return true;
  }
}

/** What was missed on a channel, folded as it would have been at the time. */
function framesOf(ch: LiveChannel, records: LiveRecord[]): EventFrame[] {
  const items = records.filter(({ entry }) => entry.ch === ch).map(({ position, entry }) => itemOf(position.offset, entry));
  if (!CONFLATED_CHANNELS.has(ch)) return items.map((item) => eventFrame(ch, item));
  const folded = new Conflator();
  for (const item of items) folded.offer(item);
  const item = folded.take(0);
  return item ? [eventFrame(ch, item)] : [];
}
