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

/** Puts one promise to its faults, on a system that is ready. */
export async function runPromise(arena: Arena, promise: ChaosPromise, { seed, rounds, leniency = 1 }: RunOptions): Promise<ChaosRow> {
  const began = performance.now();
  const own = `${promise.name}-${seed}`;
  const outcome = await promise.run({ arena, seed: own, random: new SeededRandom(own), rounds, leniency });
  return { ...outcome, name: promise.name, seconds: (performance.now() - began) / 1_000 };
}
