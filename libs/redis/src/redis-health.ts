import { Inject, Injectable } from '@nestjs/common';
import { HealthRegistry } from '@shadower/telemetry';
import type { Redis } from 'ioredis';
import { REDIS, REDIS_CRITICALITY } from './tokens';

/** Whether this process can do without Redis for a while (`optional`: degraded) or not (`required`: not ready). */
export type Criticality = 'required' | 'optional';

/** Puts Redis on the list of what the app's health depends on. */
@Injectable()
export class RedisHealth {
  constructor(@Inject(REDIS) redis: Redis, @Inject(REDIS_CRITICALITY) criticality: Criticality, health: HealthRegistry) {
    health.register({
      name: 'redis',
      criticality,
      check: async () => {
        await redis.ping();
      },
    });
  }
}
