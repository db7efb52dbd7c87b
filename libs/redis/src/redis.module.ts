import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { AnswerCache } from './answer-cache';
import type { RedisConfig } from './config';
import { connect } from './connect';
import { JobQueues } from './job-queues';
import { LiveStream } from './live-stream';
import { RateLimiter } from './rate-limiter';
import { RedisHealth, type Criticality } from './redis-health';
import { RedisMetrics } from './redis-metrics';
import { RollupHints } from './rollup-hints';
import { TicketStore } from './ticket-store';
import { REDIS, REDIS_CONFIG, REDIS_CRITICALITY } from './tokens';

const SERVICES = [JobQueues, RollupHints, LiveStream, TicketStore, AnswerCache, RateLimiter];

/** Redis for an app: one command connection and what is built on it. Closed last, after everything that may still publish. */
@Module({})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Losing Redis costs delay, never data, so it is `optional` unless the app says otherwise. */
  static forRoot(config: RedisConfig, { criticality = 'optional' }: { criticality?: Criticality } = {}): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        { provide: REDIS_CONFIG, useValue: config },
        { provide: REDIS_CRITICALITY, useValue: criticality },
        { provide: REDIS, useFactory: () => connect(config.REDIS_URL, 'command') },
        RedisHealth,
        RedisMetrics,
        ...SERVICES,
      ],
      exports: [REDIS, REDIS_CONFIG, ...SERVICES],
    };
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
