import { setTimeout as pause } from 'node:timers/promises';
import type { BenchChild } from '../bench-child';
import type { BenchContext } from '../bench-context';
import { load } from '../load';
import { median, type Measurement } from '../measurement';
import { cpuMicros, residentMb } from '../process-usage';
import { interleaved } from '../rounds';
import type { Section } from '../section';

const ROUNDS = 10;
const REQUESTS = 4_000;
/** V8 goes on compiling for some 16,000 requests, and a server lives longer than that. */
const WARM_UP = 16_000;
/** What a turn leaves behind, such as spans that wait for a batch, is sent within it: at its own cost, and before the next one's turn. */
const SETTLE_MS = 1_500;
const CONNECTIONS = 16;
const SCRAPES = 20;
const SERIES = 5_000;

const greet = (subject: BenchChild, requests: number): Promise<number[]> => load({ url: `${subject.url}/hello/ada`, requests, connections: CONNECTIONS });

/** CPU time of the server for one request, in microseconds. */
async function cpuPerRequest(subject: BenchChild): Promise<number> {
  const before = cpuMicros(subject.pid);
  await greet(subject, REQUESTS);
  await pause(SETTLE_MS);
  return (cpuMicros(subject.pid) - before) / REQUESTS;
}

const VARIANTS = {
  bare: { program: 'bare', title: 'bare Nest on Fastify' },
  ours: { program: 'ours', title: 'ours, everything on, Sentry errors' },
  oursTransactions: { program: 'ours', title: 'ours, and 10 % Sentry transactions' },
  shelf: { program: 'shelf', title: 'off the shelf, without Sentry' },
  shelfSentry: { program: 'shelf', title: 'off the shelf, with Sentry (errors, 10 % transactions)' },
} as const;
type Variant = keyof typeof VARIANTS;

const environments = (context: BenchContext): Record<Variant, NodeJS.ProcessEnv> => ({
  bare: context.env(),
  ours: context.env(),
  oursTransactions: context.env({ SENTRY_TRACES_SAMPLE_RATE: '0.1' }),
  shelf: context.env({ SENTRY_DSN: undefined }),
  shelfSentry: context.env(),
});

async function startAll(context: BenchContext): Promise<Record<Variant, BenchChild>> {
  const env = environments(context);
  const started: Partial<Record<Variant, BenchChild>> = {};
  for (const variant of Object.keys(VARIANTS) as Variant[]) {
    started[variant] = await context.subject({ program: VARIANTS[variant].program, label: variant, env: env[variant], readyPath: '/hello/ready' });
  }
  return started as Record<Variant, BenchChild>;
}

/** Median time of a scrape as Prometheus sees it, and the CPU time that it costs the app, both in milliseconds. */
async function scrape(context: BenchContext): Promise<{ elapsed: number; cpu: number }> {
  const subject = await context.subject({ program: 'ours', label: 'scraped', env: context.env({ BENCH_SERIES: String(SERIES) }), readyPath: '/health' });
  try {
    await load({ url: `${subject.url}/hello/ada`, requests: 200, connections: 4 });
    const metrics = { url: `${subject.url}/metrics`, connections: 1 };
    await load({ ...metrics, requests: 5 });
    const before = cpuMicros(subject.pid);
    const times = await load({ ...metrics, requests: SCRAPES });
    return { elapsed: median(times), cpu: (cpuMicros(subject.pid) - before) / SCRAPES / 1_000 };
  } finally {
    await subject.stop();
  }
}

async function run(context: BenchContext): Promise<Measurement[]> {
  const subjects = await startAll(context);
  const variants = Object.keys(VARIANTS) as Variant[];
  try {
    for (const variant of variants) await greet(subjects[variant], WARM_UP);
    const cpu = await interleaved(context.rounds(ROUNDS), Object.fromEntries(variants.map((variant) => [variant, () => cpuPerRequest(subjects[variant])])) as Record<Variant, () => Promise<number>>);
    const scraped = await scrape(context);
    const memory = residentMb(subjects.ours.pid) - residentMb(subjects.bare.pid);
    return [
      ...variants.map((variant): Measurement => ({ name: VARIANTS[variant].title, value: cpu[variant], unit: 'us CPU/request' })),
      { name: 'ours / bare', value: cpu.ours / cpu.bare, unit: 'ratio', goal: { atMost: 2 }, note: 'JSON access log, metrics, 10 % of traces over OTLP/gRPC, Sentry errors' },
      { name: 'ours with transactions / bare', value: cpu.oursTransactions / cpu.bare, unit: 'ratio', goal: { atMost: 3 } },
      { name: 'off the shelf / bare', value: cpu.shelf / cpu.bare, unit: 'ratio', note: 'nestjs-pino, nestjs-prometheus, NodeSDK with auto-instrumentations' },
      { name: 'off the shelf with Sentry / bare', value: cpu.shelfSentry / cpu.bare, unit: 'ratio' },
      { name: `scrape of ${SERIES.toLocaleString('en-US')} series`, value: scraped.elapsed, unit: 'ms', goal: { atMost: 25 }, note: 'and of our own series' },
      { name: 'the same, CPU time of the app', value: scraped.cpu, unit: 'ms' },
      { name: 'resident memory over bare', value: memory, unit: 'MB', goal: { atMost: 60 }, note: 'after the same load' },
    ];
  } finally {
    await Promise.all(variants.map((variant) => subjects[variant].stop()));
  }
}

export const tax: Section = { name: 'tax', title: 'What telemetry costs a trivial JSON route', run };
