import { SeededRandom } from '../demo/seeded-random';
import type { Arena } from './arena';
import type { ChaosOutcome, ChaosPromise } from './promise';

export interface RunOptions {
  seed: string;
  rounds: number;
  leniency?: number;
}

export interface ChaosRow extends ChaosOutcome {
  name: string;
  seconds: number;
}

/** For what a promise does before its first round and after its last one. */
const FRAME_SECONDS = 300;

/** Puts one promise to its faults, on a system that is ready. Throws, and says what was under way, when it does not end in its time. */
export async function runPromise(arena: Arena, promise: ChaosPromise, { seed, rounds, leniency = 1 }: RunOptions): Promise<ChaosRow> {
  const began = performance.now();
  const own = `${promise.name}-${seed}`;
  const seconds = FRAME_SECONDS + rounds * promise.roundSeconds;
  let under = 'the beginning';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${promise.name} did not end within ${seconds} s; under way: ${under}`)), seconds * 1_000);
  });
  const run = promise.run({ arena, seed: own, random: new SeededRandom(own), rounds, leniency, doing: (what) => void (under = what) });
  const outcome = await Promise.race([run, late]).finally(() => clearTimeout(timer));
  return { ...outcome, name: promise.name, seconds: (performance.now() - began) / 1_000 };
}
