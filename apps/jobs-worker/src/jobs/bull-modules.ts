import { BullModule } from '@nestjs/bullmq';
import { DiscoveryModule } from '@nestjs/core';
import { connect, keys, queueTelemetry, REDIS_CONFIG, type RedisConfig } from '@shadower/redis';
import { JobWorker } from './job-worker';

BullModule.workerClass = JobWorker;

/** Makes a `JobWorker` of each `@Processor`, all over one connection, when `JobRunner` says so. */
export const BULL_MODULES = [
  DiscoveryModule,
  // Without a queue: the sending half is `JobQueues`. It brings what finds the processors.
  BullModule.registerQueue(),
  BullModule.forRootAsync({
    inject: [REDIS_CONFIG],
    useFactory: ({ REDIS_URL }: RedisConfig) => ({ connection: connect(REDIS_URL, 'blocking'), prefix: keys.queuePrefix, telemetry: queueTelemetry() }),
    extraOptions: { manualRegistration: true },
  }),
];
