import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { cacheOperation, hitOrMiss } from './cache-operation';
import { keys } from './keys';
import { timeBox } from './time-box';
import { REDIS } from './tokens';

/** `bypass`: Redis did not answer, so the value was computed and not kept. */
export const CACHE_OUTCOMES = ['hit', 'miss', 'bypass'] as const;
export type CacheOutcome = (typeof CACHE_OUTCOMES)[number];
export interface Cached<T> {
  value: T;
  cache: CacheOutcome;
}

const PATIENCE_MS = 50;
const KEPT_SECONDS = 600;
/** Together they bound what a workspace can fill: 16 MiB. */
const MAX_ANSWERS = 256;
const MAX_CHARACTERS = 65_536;

/** All answers of a workspace are one hash; when it is full they go together, for most are of past generations. */
const KEEP = `
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])`;

/**
 * Answers that hold until their workspace changes: they stand under the workspace's generation, which only the database tells. A value
 * computed before a change stands under the generation that was read before the computation, so it is never found again.
 */
@Injectable()
export class AnswerCache {
  private readonly flights = new Map<string, Promise<unknown>>();

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /**
   * The JSON value kept under `key` in this generation, else the one that `load` gives. Kept for 10 minutes after the workspace's last new
   * answer, if it is no longer than 65,536 characters. Concurrent misses in this process load once.
   */
  async remember<T>(workspaceId: string, generation: string, key: string, load: () => Promise<T>): Promise<Cached<T>> {
    const field = createHash('sha256').update(`${generation} ${key}`).digest('base64url');
    const kept = await this.attempt(cacheOperation('get', () => this.redis.hget(keys.answers(workspaceId), field), hitOrMiss));
    if (typeof kept === 'string') return { value: JSON.parse(kept) as T, cache: 'hit' };
    const value = await this.once(`${workspaceId} ${field}`, async () => {
      const loaded = await load();
      void this.keep(workspaceId, field, JSON.stringify(loaded));
      return loaded;
    });
    return { value, cache: kept === null ? 'miss' : 'bypass' };
  }

  private async keep(workspaceId: string, field: string, text: string): Promise<void> {
    if (text.length > MAX_CHARACTERS) return;
    await this.attempt(cacheOperation('set', () => this.redis.eval(KEEP, 1, keys.answers(workspaceId), field, text, MAX_ANSWERS, KEPT_SECONDS)));
  }

  /** undefined when Redis is away, hangs or refuses: a cache is never a reason to fail. */
  private async attempt<T>(command: Promise<T>): Promise<T | undefined> {
    return timeBox(PATIENCE_MS, command).catch(() => undefined);
  }

  private async once<T>(flight: string, load: () => Promise<T>): Promise<T> {
    const running = this.flights.get(flight) as Promise<T> | undefined;
    if (running) return running;
    const started = load().finally(() => this.flights.delete(flight));
    this.flights.set(flight, started);
    return started;
  }
}
