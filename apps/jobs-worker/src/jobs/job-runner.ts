import { BullRegistrar, getSharedConfigToken, WorkerHost } from '@nestjs/bullmq';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { JOB_TYPES, QUEUES } from '@shadower/domain';
import { expectJobs } from '@shadower/telemetry';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { assertEachQueueOnce } from './assert-each-queue-once';

/** Starts the workers of all processors, and ends them. Start-up fails when a declared queue has no processor, or has two. */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private workers: Worker[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registrar: BullRegistrar,
    @Inject(getSharedConfigToken()) private readonly bull: { connection: Redis },
  ) {}

  onApplicationBootstrap(): void {
    this.registrar.register();
    const providers: unknown[] = this.discovery.getProviders().map(({ instance }) => instance);
    this.workers = providers.filter((provider) => provider instanceof WorkerHost).map(({ worker }) => worker);
    assertEachQueueOnce(this.workers.map(({ name }) => name));
    for (const queue of QUEUES) expectJobs(queue, JOB_TYPES[queue]);
    for (const worker of this.workers) worker.run().catch((err: Error) => worker.emit('error', err));
  }

  /** How many of this process's workers, one a queue, look for jobs. */
  running(): number {
    return this.workers.filter((worker) => worker.isRunning()).length;
  }

  /** Before anything that a running job needs is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.bull.connection.disconnect();
  }
}
