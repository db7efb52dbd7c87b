import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AppError, LIVE_LIMITS, liveEntry, type LiveEntry, type LivePosition } from '@shadower/domain';
import { getLogger } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { cacheOperation } from './cache-operation';
import { keys } from './keys';
import type { LiveRecord } from './live-record';
import { timeBox } from './time-box';
import { REDIS } from './tokens';

const IDLE_SECONDS = 86_400;
const PUBLISH_PATIENCE_MS = 500;
const HISTORY_LIMIT = 1_000;
const MARK_LOSSES_MS = 1_000;
/** The first field of an entry of the stream: a live entry, or the word that entries before it never came. */
const ENTRY = 'e';
const LOST = 'lost';

/** KEYS: stream, epoch. ARGV: a fresh epoch, seconds to keep an idle stream, its greatest length, field and value. */
const PUBLISH = `
redis.call('SET', KEYS[2], ARGV[1], 'NX')
redis.call('EXPIRE', KEYS[2], ARGV[2])
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', ARGV[4], ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return id`;

/**
 * KEYS: stream, epoch. ARGV: a fresh epoch, seconds to keep an idle stream, since's epoch and offset (or two empty strings), limit.
 * The epoch names the server's run too: a Redis that came back from a snapshot may have lost the newest entries.
 * A position is known only while its own entry is still there: entries are lost from the old end, so none after it is missing then.
 * An empty stream begins with a marker, so that every position names an entry.
 */
const HISTORY = `
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
  redis.call('XADD', KEYS[1], '*', 'open', '1')
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local epoch = string.sub(run, 1, 8) .. '-' .. redis.call('GET', KEYS[2])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]
if ARGV[3] ~= epoch or #redis.call('XRANGE', KEYS[1], ARGV[4], ARGV[4]) == 0 then
  return {epoch, last, 0, {}}
end
return {epoch, last, 1, redis.call('XRANGE', KEYS[1], '(' .. ARGV[4], '+', 'COUNT', ARGV[5])}`;

export type StreamEntries = [offset: string, fields: string[]][];

export interface LiveHistory {
  /** The end of the stream at the moment of asking. */
  position: LivePosition;
  /** False when what came after `since` is not all there any more: the caller needs a snapshot. */
  recovered: boolean;
  records: LiveRecord[];
}

/** The live stream of each workspace: bounded, best effort, in order, with positions from which a reader notices everything it missed. */
@Injectable()
export class LiveStream {
  private readonly logger = getLogger('live-stream');
  private readonly lost = new Set<string>();
  private marking?: NodeJS.Timeout;

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /**
   * False when Redis did not take the entry within half a second; never throws. What was lost is marked in the stream as soon as
   * Redis listens again, so that no reader takes the silence for peace.
   */
  async publish(workspaceId: string, entry: LiveEntry): Promise<boolean> {
    try {
      await cacheOperation('publish', () => timeBox(PUBLISH_PATIENCE_MS, this.add(workspaceId, ENTRY, JSON.stringify(entry))));
      return true;
    } catch (err) {
      // Counted by cacheOperation; a warning for each would flood the log while Redis hangs.
      this.logger.debug({ err, workspace_id: workspaceId, channel: entry.ch }, 'live entry not published');
      this.lost.add(workspaceId);
      this.marking ??= setTimeout(() => void this.markLosses(), MARK_LOSSES_MS).unref();
      return false;
    }
  }

  /** What came after `since`, at most 1,000 records; without `since`, only the end's position. Throws `unavailable` while Redis is away. */
  async history(workspaceId: string, since?: LivePosition, redis: Redis = this.redis): Promise<LiveHistory> {
    const ask = () => redis.eval(HISTORY, 2, keys.live(workspaceId), keys.liveEpoch(workspaceId), freshEpoch(), IDLE_SECONDS, since?.epoch ?? '', since?.offset ?? '', HISTORY_LIMIT + 1);
    const [epoch, last, known, found] = (await cacheOperation('read', ask).catch((cause: unknown) => {
      throw new AppError('unavailable', 'The live stream cannot be read right now.', { retryAfterMs: 1_000, cause });
    })) as [string, string, number, StreamEntries];
    const recovered = known === 1 && found.length <= HISTORY_LIMIT && !tellsOfLoss(found);
    return { position: { epoch, offset: last }, recovered, records: recovered ? recordsOf(workspaceId, epoch, found) : [] };
  }

  private add(workspaceId: string, field: string, value: string): Promise<unknown> {
    return this.redis.eval(PUBLISH, 2, keys.live(workspaceId), keys.liveEpoch(workspaceId), freshEpoch(), IDLE_SECONDS, LIVE_LIMITS.streamLength, field, value);
  }

  private async markLosses(): Promise<void> {
    for (const workspaceId of this.lost) {
      const told = await timeBox(PUBLISH_PATIENCE_MS, this.add(workspaceId, LOST, '1')).catch(() => undefined);
      if (told === undefined) break;
      this.lost.delete(workspaceId);
    }
    this.marking = this.lost.size > 0 ? setTimeout(() => void this.markLosses(), MARK_LOSSES_MS).unref() : undefined;
  }
}

const freshEpoch = (): string => randomBytes(6).toString('base64url');

/** True when entries are missing before one of these, because Redis could not take them. */
export const tellsOfLoss = (found: StreamEntries): boolean => found.some(([, fields]) => fields[0] === LOST);

/** Entries as records; the markers, and what a newer version may have written, are left out. */
export function recordsOf(workspaceId: string, epoch: string, found: StreamEntries): LiveRecord[] {
  return found.flatMap(([offset, fields]) => {
    const entry = fields[0] === ENTRY ? liveEntry.safeParse(JSON.parse(fields[1] ?? 'null')) : undefined;
    return entry?.success ? [{ workspaceId, position: { epoch, offset }, entry: entry.data }] : [];
  });
}
