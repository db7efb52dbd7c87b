import { timeBox } from '@shadower/redis';
import { getLogger } from '@shadower/telemetry';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

/** Shorter than the whole shutdown may take, so that the rest still gets its turn. */
const DRAIN_MS = 12_000;

/** BullMQ's worker, which otherwise would wait without end for its jobs and for Redis when the app closes it. */
export class JobWorker extends Worker {
  private ended?: Promise<void>;

  /** Running jobs get time to end; one that does not is found stalled by another worker, and its transaction rolls back. */
  override close(): Promise<void> {
    return (this.ended ??= this.end());
  }

  private async end(): Promise<void> {
    // Without Redis there is nothing to hand back in order, and an orderly close would wait for it.
    const isAway = (this.opts.connection as Redis).status !== 'ready';
    await timeBox(DRAIN_MS, super.close(isAway)).catch((err: unknown) => getLogger('jobs').warn({ err, queue: this.name }, 'jobs did not end in time'));
  }
}
