import { median, quantile } from './measurement';

type Contestants = Record<string, () => Promise<number>>;

/**
 * Runs the contestants in turn, round after round, so that the machine's other load falls on all of them alike; the first round warms up
 * and is not counted. Gives the median of each one's figures.
 */
export async function interleaved<T extends Contestants>(rounds: number, contestants: T): Promise<Record<keyof T, number>> {
  const names = Object.keys(contestants);
  const figures = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    // Every other round runs backwards, so that nobody always follows the same one.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const figure = await contestants[name]?.();
      if (round > 0 && figure !== undefined) figures.get(name)?.push(figure);
    }
  }
  return Object.fromEntries([...figures].map(([name, values]) => [name, median(values)])) as Record<keyof T, number>;
}

/** One turn of a contestant: both of the same work, so that the two of a round can be divided. */
export interface Turn {
  /** Units of work in a second. */
  rate: number;
  /** CPU time of the server for a unit, in microseconds. */
  cpu: number;
}

export interface Pair {
  /** Medians over the rounds. */
  on: Turn;
  off: Turn;
  /** `on / off` of each round, reduced: [first quartile, median, third quartile]. */
  rate: Quartiles;
  cpu: Quartiles;
}
type Quartiles = [number, number, number];

/**
 * Small rounds of four turns, ABBA and then BAAB, each divided within itself: what drifts slower than a round, such as the machine's other load or the growth of
 * a table, cancels, and a round that something fell into is one of many. The first one warms up and is not counted.
 */
export async function paired(rounds: number, contestants: Record<'on' | 'off', () => Promise<Turn>>): Promise<Pair> {
  const seen: Record<'on' | 'off', Turn>[] = [];
  for (let round = 0; round <= rounds; round++) {
    const turns: Record<'on' | 'off', Turn[]> = { on: [], off: [] };
    const [first, second] = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
    for (const side of [first, second, second, first]) turns[side].push(await contestants[side]());
    if (round > 0) seen.push({ on: together(turns.on), off: together(turns.off) });
  }
  const medians = (side: 'on' | 'off'): Turn => ({ rate: median(seen.map((round) => round[side].rate)), cpu: median(seen.map((round) => round[side].cpu)) });
  const ratios = (of: keyof Turn): Quartiles => {
    const each = seen.map(({ on, off }) => on[of] / off[of]);
    return [quantile(each, 0.25), median(each), quantile(each, 0.75)];
  };
  return { on: medians('on'), off: medians('off'), rate: ratios('rate'), cpu: ratios('cpu') };
}

/** The same work twice: its rate is that of both together, so the slower turn counts for as long as it took. */
const together = (turns: Turn[]): Turn => ({
  rate: turns.length / turns.reduce((sum, { rate }) => sum + 1 / rate, 0),
  cpu: turns.reduce((sum, { cpu }) => sum + cpu, 0) / turns.length,
});
