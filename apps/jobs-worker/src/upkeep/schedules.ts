import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { UPKEEP_EVERY_MS, type UpkeepJob, type UpkeepTask } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { getLogger } from '@shadower/telemetry';
import { RepeatingTask } from '../jobs/repeating-task';

const LOOK_EVERY_MS = 30_000;

/**
 * Keeps one schedule for each recurring task in Redis, from which BullMQ makes one job a tick however many workers there are.
 * It is looked after, not only made at start, because a Redis that comes back empty has forgotten it.
 */
@Injectable()
export class Schedules implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = getLogger('schedules');
  private task?: RepeatingTask;

  constructor(private readonly queues: JobQueues) {}

  onApplicationBootstrap(): void {
    this.task = new RepeatingTask(LOOK_EVERY_MS, () => this.ensure());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task?.stop();
  }

  /** Makes what is missing, changes what is different, and removes what nobody knows any more. */
  async ensure(): Promise<void> {
    try {
      const queue = await this.queues.ready('upkeep');
      const there = new Map((await queue.getJobSchedulers()).map(({ key, every, next }) => [key, { every, next }]));
      for (const [task, every] of Object.entries(UPKEEP_EVERY_MS)) {
        const known = there.get(task);
        // Made by a worker whose clock was ahead: to change it would keep its next tick.
        const isTooFar = (known?.next ?? 0) > Date.now() + 2 * every;
        if (isTooFar) await queue.removeJobScheduler(task);
        else if (known?.every === every) continue;
        const data: UpkeepJob = { v: 1, task: task as UpkeepTask };
        await queue.upsertJobScheduler(task, { every }, { name: task, data });
      }
      for (const task of there.keys()) if (!(task in UPKEEP_EVERY_MS)) await queue.removeJobScheduler(task);
    } catch (err) {
      this.logger.debug({ err }, 'schedules not looked after');
    }
  }
}
