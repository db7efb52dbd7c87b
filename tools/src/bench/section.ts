import type { BenchContext } from './bench-context';
import type { Measurement } from './measurement';

/** One thing that is measured. */
export interface Section {
  name: string;
  title: string;
  /** Runs only when it is named: it takes long. */
  optIn?: boolean;
  run(context: BenchContext): Promise<Measurement[]>;
}
