import { setTimeout as pause } from 'node:timers/promises';
import type { LivePosition } from '@shadower/domain';
import { getLogger } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { connect } from './connect';
import { keys } from './keys';
import type { LiveRecord } from './live-record';
import { recordsOf, tellsOfLoss, type LiveStream, type StreamEntries } from './live-stream';

/** A newly followed workspace joins the next read, so this bounds how long its first record may take. */
const BLOCK_MS = 200;
const COUNT = 256;
const RETRY_MS = 250;

export interface LiveListener {
  /** In order within a workspace; must not throw. */
  onRecord(record: LiveRecord): void;
  /** Records may be missing before `position`, from which reading goes on. */
  onGap(workspaceId: string, position: LivePosition): void;
}

/** Reads the streams of the workspaces it follows, all in one blocking command on a connection of its own. After each interruption it checks that nothing was missed. */
export class LiveReader {
  private readonly redis: Redis;
  private readonly positions = new Map<string, LivePosition>();
  private readonly logger = getLogger('live-reader');
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private interrupted = false;

  constructor(
    url: string,
    private readonly stream: LiveStream,
    private readonly listener: LiveListener,
  ) {
    this.redis = connect(url, 'reader');
    // Also when no read was under way: the server behind the next connection may have forgotten something.
    this.redis.on('close', () => (this.interrupted = true));
    this.running = this.run();
  }

  /** Begins to follow a workspace; every later entry reaches the listener, after the returned position. Throws `unavailable` while Redis is away. */
  async follow(workspaceId: string): Promise<LivePosition> {
    const followed = this.positions.get(workspaceId);
    if (followed) return followed;
    const { position } = await this.stream.history(workspaceId);
    if (!this.positions.has(workspaceId)) this.positions.set(workspaceId, position);
    return this.positions.get(workspaceId) ?? position;
  }

  unfollow(workspaceId: string): void {
    this.positions.delete(workspaceId);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.redis.disconnect();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.interrupted) await this.catchUp();
        if (this.positions.size === 0) await pause(BLOCK_MS / 4, undefined, { signal });
        else await this.read();
      } catch (err) {
        if (signal.aborted) return;
        this.logger.debug({ err }, 'live reading interrupted');
        this.interrupted = true;
        await pause(RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async read(): Promise<void> {
    const asked = [...this.positions];
    const found = await this.redis.xread('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', ...asked.map(([id]) => keys.live(id)), ...asked.map(([, position]) => position.offset));
    const workspaceOf = new Map(asked.map(([id]) => [keys.live(id), id]));
    for (const [key, entries] of (found ?? []) as [string, StreamEntries][]) {
      const workspaceId = workspaceOf.get(key);
      if (workspaceId !== undefined) this.deliver(workspaceId, entries);
    }
  }

  private deliver(workspaceId: string, entries: StreamEntries): void {
    const position = this.positions.get(workspaceId);
    const last = entries.at(-1);
    if (!position || !last) return;
    const reached = { epoch: position.epoch, offset: last[0] };
    this.positions.set(workspaceId, reached);
    if (tellsOfLoss(entries)) return this.listener.onGap(workspaceId, reached);
    for (const record of recordsOf(workspaceId, position.epoch, entries)) this.listener.onRecord(record);
  }

  private async catchUp(): Promise<void> {
    this.interrupted = false;
    for (const [workspaceId, since] of [...this.positions]) {
      const { recovered, position, records } = await this.stream.history(workspaceId, since, this.redis);
      if (!this.positions.has(workspaceId)) continue;
      const last = records.at(-1)?.position;
      this.positions.set(workspaceId, recovered ? (last ?? since) : position);
      if (recovered) for (const record of records) this.listener.onRecord(record);
      else this.listener.onGap(workspaceId, position);
    }
  }
}
