import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { cacheOperation, hitOrMiss } from './cache-operation';
import { keys } from './keys';
import { timeBox } from './time-box';
import { REDIS } from './tokens';

/** `bypass`: Redis did not answer, so the value was computed and not kept. */
export type CacheOutcome = 'hit' | 'miss' | 'bypass';
export interface Cached<T> {
  value: T;
  cache: CacheOutcome;
}

const PATIENCE_MS = 200;

/**
 * Answers that hold until their workspace changes: entries stand under the workspace's generation, and `invalidate` begins the next one.
 * A value computed before the change is stored under the generation that was read before the computation, so it is never found again.
 */
@Injectable()
export class GenerationCache {
  private readonly flights = new Map<string, Promise<unknown>>();

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** The JSON value kept under `key`, else the one that `load` gives, kept for at most `ttlSeconds`. Concurrent misses in this process load once. */
  async remember<T>(workspaceId: string, key: string, ttlSeconds: number, load: () => Promise<T>): Promise<Cached<T>> {
    const generation = await this.attempt(cacheOperation('get', () => this.redis.get(keys.cacheGeneration(workspaceId)), hitOrMiss));
    if (generation === undefined) return { value: await this.once(`${workspaceId} ${key}`, load), cache: 'bypass' };
    const entry = keys.cacheEntry(workspaceId, generation ?? '0', createHash('sha256').update(key).digest('base64url'));
    const kept = await this.attempt(cacheOperation('get', () => this.redis.get(entry), hitOrMiss));
    if (typeof kept === 'string') return { value: JSON.parse(kept) as T, cache: 'hit' };
    const value = await this.once(entry, async () => {
      const loaded = await load();
      void this.attempt(cacheOperation('set', () => this.redis.set(entry, JSON.stringify(loaded), 'EX', ttlSeconds)));
      return loaded;
    });
    return { value, cache: kept === null ? 'miss' : 'bypass' };
  }

  /** Call it after the COMMIT that changed the workspace. Never throws: entries also end by their time. */
  async invalidate(workspaceId: string): Promise<void> {
    await this.attempt(cacheOperation('incr', () => this.redis.incr(keys.cacheGeneration(workspaceId))));
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
