import { setTimeout as sleep } from 'node:timers/promises';
import { APP_NAMES } from '../../stack/running-stack';
import type { BenchContext } from '../bench-context';
import { median, type Measurement } from '../measurement';
import { residentMb } from '../process-usage';
import type { Section } from '../section';

const SETTLE_MS = 15_000;
const SAMPLES = 5;

/** Each app by itself, started, left alone for a while, then looked at a few times. */
async function run(context: BenchContext): Promise<Measurement[]> {
  const { url } = await context.database('memory');
  const redisUrl = context.redisUrl();
  const apps = await Promise.all(APP_NAMES.map((name) => context.app(name, url, redisUrl)));
  try {
    await sleep(SETTLE_MS);
    const samples = new Map<string, number[]>(APP_NAMES.map((name) => [name, []]));
    for (let sample = 0; sample < SAMPLES; sample++) {
      for (const app of apps) samples.get(app.name)?.push(residentMb(app.pid ?? 0));
      await sleep(1_000);
    }
    return [...samples].map(([name, values]): Measurement => ({ name, value: median(values), unit: 'MB', goal: { atMost: 150 }, note: `resident, ${SETTLE_MS / 1_000} s after it was ready` }));
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
  }
}

export const memory: Section = { name: 'memory', title: 'Resident memory of each app, idle', run };
