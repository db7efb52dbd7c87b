import type { SeededRandom } from '../demo/seeded-random';
import { percentile } from './percentile';

/** The times of two that took turns, in ms. */
export interface Round {
  calm: readonly number[];
  troubled: readonly number[];
}

export interface P99Ratio {
  ratio: number;
  /** Between these lies the ratio in 95 of 100 cases. */
  low: number;
  high: number;
}

const DRAWS = 400;

const ratioOf = (rounds: readonly Round[]): number => percentile(rounds.flatMap(({ troubled }) => troubled), 0.99) / percentile(rounds.flatMap(({ calm }) => calm), 0.99);

/**
 * The 99th percentile of the one over all rounds by that of the other, and the interval that other draws of the same rounds give (a bootstrap
 * over rounds: what slows a machine down slows many requests in a row, so single requests say less than their number).
 */
export function p99Ratio(rounds: readonly Round[], random: SeededRandom): P99Ratio {
  const drawn = Array.from({ length: DRAWS }, () => ratioOf(rounds.map(() => random.pick(rounds))));
  return { ratio: ratioOf(rounds), low: percentile(drawn, 0.025), high: percentile(drawn, 0.975) };
}
