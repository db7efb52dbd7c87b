import { Queue } from 'bullmq';
import Redis from 'ioredis';
import { until } from '../../stack/until';
import type { BenchChild } from '../bench-child';
import type { BenchContext } from '../bench-context';
import { median, type Measurement } from '../measurement';
import { cpuMicros } from '../process-usage';
import { interleaved } from '../rounds';
import type { Section } from '../section';

const ROUNDS = 5;
const JOBS = 5_000;

const completedOf = async (subject: BenchChild): Promise<number> => Number(await (await fetch(subject.url)).text());

/** Fills a paused queue, lets the worker loose, and gives jobs per second. `cpu` gets the worker's CPU time a job, in microseconds. */
async function drain(subject: BenchChild, queue: Queue, cpu: number[]): Promise<number> {
  const before = await completedOf(subject);
  await queue.pause();
  await queue.addBulk(Array.from({ length: JOBS }, () => ({ name: 'rollup', data: { v: 1, workspace_id: 'bench', context: { request_id: 'bench' } }, opts: { removeOnComplete: true } })));
  const [began, cpuBefore] = [performance.now(), cpuMicros(subject.pid)];
  await queue.resume();
  const done = await until(async () => ((await completedOf(subject)) - before >= JOBS ? true : undefined), 120_000, 20);
  if (!done) throw new Error('the worker did not finish its jobs');
  cpu.push((cpuMicros(subject.pid) - cpuBefore) / JOBS);
  return (JOBS / (performance.now() - began)) * 1_000;
}

async function run(context: BenchContext): Promise<Measurement[]> {
  const url = context.redisUrl();
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queues = { bare: new Queue('bare', { connection }), ours: new Queue('ours', { connection }) };
  const start = (label: 'bare' | 'ours', env: NodeJS.ProcessEnv) => context.subject({ program: 'jobs', label: `jobs-${label}`, env: context.env({ REDIS_URL: url, QUEUE: label, ...env }), readyPath: '/' });
  // Bare is bare: nothing is exported and nothing reported.
  const subjects = { bare: await start('bare', { OTEL_EXPORTER_OTLP_ENDPOINT: undefined, SENTRY_DSN: undefined }), ours: await start('ours', { OURS: '1' }) };
  const cpu = { bare: [] as number[], ours: [] as number[] };
  try {
    const rate = await interleaved(context.rounds(ROUNDS), { bare: () => drain(subjects.bare, queues.bare, cpu.bare), ours: () => drain(subjects.ours, queues.ours, cpu.ours) });
    return [
      { name: 'bare BullMQ', value: rate.bare, unit: 'jobs/s', note: 'concurrency 32, jobs that do nothing' },
      { name: 'ours', value: rate.ours, unit: 'jobs/s', note: 'payload checked, spans, metrics, context, log line' },
      { name: 'bare BullMQ, worker', value: median(cpu.bare.slice(1)), unit: 'us CPU/job' },
      { name: 'ours, worker', value: median(cpu.ours.slice(1)), unit: 'us CPU/job' },
      { name: 'ours / bare', value: rate.ours / rate.bare, unit: 'ratio', goal: { atLeast: 0.7 } },
    ];
  } finally {
    await Promise.all([subjects.bare.stop(), subjects.ours.stop()]);
    await Promise.all([queues.bare.close(), queues.ours.close()]);
    connection.disconnect();
  }
}

export const jobs: Section = { name: 'jobs', title: 'What a job costs on its way', run };
