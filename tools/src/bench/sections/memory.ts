import { setTimeout as sleep } from 'node:timers/promises';
import { APP_NAMES } from '../../stack/running-stack';
import type { BenchContext } from '../bench-context';
import { median, type Measurement } from '../measurement';
import { residentMb } from '../process-usage';
import type { Section } from '../section';

/** V8 gives the garbage of the start back to the system when it notices that nothing happens: within some two minutes. */
const IDLE_MS = 150_000;
const SAMPLES = 5;
const SAMPLE_EVERY_MS = 2_000;

/** The three apps, started, left alone, then looked at a few times. */
async function run(context: BenchContext): Promise<Measurement[]> {
  const { url } = await context.database('memory');
  const redisUrl = context.redisUrl();
  const apps = await Promise.all(APP_NAMES.map((name) => context.app(name, url, redisUrl)));
  const started = apps.map(({ pid }) => residentMb(pid ?? 0));
  await sleep(IDLE_MS);
  const samples = apps.map((): number[] => []);
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const [index, { pid }] of apps.entries()) samples[index]?.push(residentMb(pid ?? 0));
    await sleep(SAMPLE_EVERY_MS);
  }
  await Promise.all(apps.map((app) => app.stop()));
  return apps.flatMap(({ name }, index): Measurement[] => [
    { name: `${name}, ${IDLE_MS / 1_000} s idle`, value: median(samples[index] ?? []), unit: 'MB', goal: { atMost: 150 } },
    { name: `${name}, just ready`, value: started[index] ?? NaN, unit: 'MB', note: 'with the garbage of its start' },
  ]);
}

export const memory: Section = { name: 'memory', title: 'Resident memory of each app, idle', run };
