import '@shadower/telemetry/start';
import { createServer } from 'node:http';
import { rollupJob } from '@shadower/domain';
import { queueTelemetry } from '@shadower/redis';
import { runJob } from '@shadower/telemetry';
import { Worker, type Job } from 'bullmq';
import Redis from 'ioredis';

/** A worker whose jobs do nothing, so that what is measured is the way there: bare BullMQ, or (OURS=1) with what every job of ours goes through. */
const connection = new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null });
const ours = process.env.OURS === '1';
let completed = 0;

const nothing = (): Promise<void> => Promise.resolve();
const observed = (job: Job): Promise<void> => {
  const { context } = rollupJob.parse(job.data);
  return runJob({ queue: 'rollup', jobType: job.name, jobId: job.id ?? '', attempt: job.attemptsMade + 1, attemptsMax: job.opts.attempts ?? 1, context }, nothing);
};

const worker = new Worker(process.env.QUEUE ?? '', ours ? observed : nothing, { connection, concurrency: 32, ...(ours ? { telemetry: queueTelemetry() } : {}) });
worker.on('completed', () => (completed += 1));
worker.on('error', (error) => process.stderr.write(`${error.message}\n`));

createServer((_, response) => void response.end(String(completed))).listen(Number(process.env.PORT), '127.0.0.1');
