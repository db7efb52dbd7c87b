export interface Goal {
  atMost?: number;
  atLeast?: number;
}

/** One figure of a section. Where `goal` is set, it is what the project promises; everything else stands beside it to be compared with. */
export interface Measurement {
  name: string;
  value: number;
  unit: 'ratio' | 'rows/s' | 'us CPU/request' | 'us CPU/job' | 'us CPU/delivery' | 'us CPU/event' | 'ms' | 'MB' | 'jobs/s' | 'deliveries/s' | 'requests/s';
  goal?: Goal;
  note?: string;
}

export interface SectionResult {
  section: string;
  title: string;
  measurements: Measurement[];
}

/** undefined: there is no goal to miss. */
export function isMet({ value, goal }: Measurement): boolean | undefined {
  if (!goal) return undefined;
  return value <= (goal.atMost ?? Infinity) && value >= (goal.atLeast ?? -Infinity);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Linear between the two nearest; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(position)] ?? NaN, sorted[Math.ceil(position)] ?? NaN];
  return low + (high - low) * (position - Math.floor(position));
}
