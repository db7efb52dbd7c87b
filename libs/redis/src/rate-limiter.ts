import { Inject, Injectable } from '@nestjs/common';
import { counter } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { cacheOperation } from './cache-operation';
import { timeBox } from './time-box';
import { drawer, LocalBuckets, type Bucket, type Draw } from './token-bucket';
import { REDIS } from './tokens';

/** After a failure Redis is left alone for so long: a Redis that hangs shall not cost every request its patience. */
const REST_MS = 500;

/**
 * Token buckets that all replicas share in Redis. While Redis is away or slow, each process draws from buckets of its own:
 * the limits then hold for each replica, and `rate_limit_decisions_total` says so.
 */
@Injectable()
export class RateLimiter {
  private readonly draw: (buckets: Bucket[], cost: number) => Promise<Draw>;
  private readonly local = new LocalBuckets();
  private restUntil = 0;

  constructor(@Inject(REDIS) redis: Redis) {
    this.draw = drawer(redis);
  }

  /** Draws `cost` tokens of every bucket, or of none; Redis has `patienceMs` to say so. Never throws. */
  async take(buckets: Bucket[], cost: number, patienceMs: number): Promise<Draw> {
    const shared = performance.now() < this.restUntil ? undefined : await this.ask(buckets, cost, patienceMs);
    const draw = shared ?? this.local.draw(buckets, cost, performance.now());
    counter('rate_limit_decisions_total').inc({ result: `${shared ? '' : 'fallback_'}${draw.allowed ? 'allowed' : 'refused'}` });
    return draw;
  }

  private async ask(buckets: Bucket[], cost: number, patienceMs: number): Promise<Draw | undefined> {
    try {
      return await timeBox(patienceMs, cacheOperation('script', () => this.draw(buckets, cost)));
    } catch {
      this.restUntil = performance.now() + REST_MS;
      return undefined;
    }
  }
}
