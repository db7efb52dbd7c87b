import type { WorkerOptions } from 'bullmq';
import { config } from '../config';

/** What a `@Processor` tells its worker: at most `concurrency` jobs at the same time in this process. `JobRunner` starts it. */
export const workerOptions = (concurrency: number): Omit<WorkerOptions, 'connection'> => ({ concurrency, lockDuration: config.JOB_LOCK_MS, stalledInterval: config.JOB_LOCK_MS, autorun: false });
