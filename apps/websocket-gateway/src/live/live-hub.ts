import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LivePosition } from '@shadower/domain';
import { LiveReader, LiveStream, REDIS_CONFIG, type LiveListener, type LiveRecord, type RedisConfig } from '@shadower/redis';
import { captureException, getLogger, isExpected } from '@shadower/telemetry';
import { broadcast } from './broadcast';
import { Feed } from './feed';
import { SubscriptionOpener } from './subscription-opener';
import type { Subscription } from './subscription';

const TELL_AGAIN_MS = 30_000;

/** The feeds of all workspaces that someone here listens to, and the one reader behind them. */
@Injectable()
export class LiveHub implements LiveListener, OnApplicationShutdown {
  private readonly feeds = new Map<string, Feed>();
  private readonly reader: LiveReader;
  private readonly logger = getLogger('live');
  private toldAt = -Infinity;

  constructor(
    @Inject(REDIS_CONFIG) { REDIS_URL }: RedisConfig,
    stream: LiveStream,
    private readonly opener: SubscriptionOpener,
  ) {
    this.reader = new LiveReader(REDIS_URL, stream, this);
  }

  /** Adds a subscription and answers its client. Throws `unavailable` when Redis or PostgreSQL does not answer: then there is no subscription. */
  async join(workspaceId: string, subscription: Subscription): Promise<void> {
    const feed = this.feeds.get(workspaceId) ?? new Feed(workspaceId, broadcast);
    this.feeds.set(workspaceId, feed);
    feed.add(subscription);
    try {
      // A record may come before this promise continues: then the feed is further already.
      const followed = await this.reader.follow(workspaceId);
      feed.position ??= followed;
      if (!this.feeds.has(workspaceId)) this.reader.unfollow(workspaceId);
      if (!subscription.ended) await this.opener.open(feed, subscription);
    } catch (error) {
      this.leave(workspaceId, subscription);
      throw error;
    }
  }

  leave(workspaceId: string, subscription: Subscription): void {
    subscription.end();
    const feed = this.feeds.get(workspaceId);
    feed?.remove(subscription);
    if (!feed?.isEmpty) return;
    this.feeds.delete(workspaceId);
    this.reader.unfollow(workspaceId);
  }

  /** Tries to bring a subscription that fell behind up to the present. */
  catchUp(workspaceId: string, subscription: Subscription): void {
    const feed = this.feeds.get(workspaceId);
    if (!feed) return;
    this.opener.open(feed, subscription).catch((error: unknown) => this.failed(workspaceId, error));
  }

  /** Tells a client how far its subscription has come, when it knows only of a place `leastMs` or more before that. */
  confirm(workspaceId: string, subscription: Subscription, leastMs: number): void {
    const at = this.feeds.get(workspaceId)?.settled(subscription.ch);
    if (at) subscription.confirm(at, leastMs);
  }

  onRecord(record: LiveRecord): void {
    this.feeds.get(record.workspaceId)?.accept(record);
  }

  onGap(workspaceId: string, position: LivePosition): void {
    const feed = this.feeds.get(workspaceId);
    if (!feed) return;
    feed.restart(position);
    this.logger.info({ workspace_id: workspaceId, subscriptions: feed.subscriptions.length }, 'live history interrupted');
    for (const subscription of feed.subscriptions) this.catchUp(workspaceId, subscription);
  }

  /** While Redis or PostgreSQL is away every subscription fails, again and again: one of them a while is told of aloud. */
  private failed(workspaceId: string, err: unknown): void {
    const [fields, message] = [{ err, workspace_id: workspaceId }, 'subscription not caught up; trying again'] as const;
    const now = performance.now();
    if (now - this.toldAt < TELL_AGAIN_MS) return this.logger.debug(fields, message);
    this.toldAt = now;
    if (isExpected(err)) return this.logger.warn(fields, message);
    this.logger.error(fields, message);
    captureException(err, { workspace_id: workspaceId });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reader.close();
  }
}
