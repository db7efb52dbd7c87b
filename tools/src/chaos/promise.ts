import type { SeededRandom } from '../demo/seeded-random';
import type { Arena } from './arena';
import type { LedgerCheck } from './check-ledger';

export interface ChaosRun {
  arena: Arena;
  random: SeededRandom;
  /** Of this run and promise; names its workspace and events. */
  seed: string;
  rounds: number;
  /** Says what is under way; told when the promise does not end in time. */
  doing(what: string): void;
  /** Factor on every bound of time and memory: 1, and more where other work shares the machine. */
  leniency: number;
}

export interface ChaosOutcome {
  /** What was done to the system, such as `kill -9: api 4, redis 2`. */
  faults: string;
  ledger?: LedgerCheck;
  /** The longest, in ms. */
  recoveryMs?: number;
  /** Growth of resident memory, of the application that grew most. */
  memoryMb?: number;
  /** Further figures, for the table. */
  figures?: string;
  /** In which way the promise was broken; empty: it was kept. */
  problems: string[];
}

/** One promise, and the faults that it is put to. */
export interface ChaosPromise {
  name: string;
  says: string;
  rounds: { short: number; long: number };
  /** A round that takes longer hangs. */
  roundSeconds: number;
  run(run: ChaosRun): Promise<ChaosOutcome>;
}

/** What every ledger must be after whatever happened. */
export function ledgerProblems({ lost, double, ghosts, altered, wrongSums, wrong: where, acknowledged }: LedgerCheck): string[] {
  const counts = { lost, double, ghosts, altered, [`wrong sums (${where})`]: wrongSums };
  const wrong = Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  return acknowledged === 0 ? ['nothing was acknowledged', ...wrong] : wrong;
}

/** `kill: a 3, b 1` */
export const tallied = (what: string, names: readonly string[]): string => `${what}: ${[...Map.groupBy(names, (name) => name)].map(([name, all]) => `${name} ${all.length}`).sort().join(', ')}`;
