import { median } from './measurement';

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
