/** Makes the median absolute deviation comparable with a standard deviation (of a normal distribution). */
const MAD_SCALE = 1.4826;
const DEVIATIONS = 6;
/** A rise by less than half is no spike, however even the weeks before were. */
const LEAST_RISE = 0.5;
/** With fewer earlier weeks there is no telling what is usual. */
export const SPIKE_MIN_HISTORY = 4;

/** The middle of some numbers; of an even count, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? NaN) + upper) / 2;
}

export interface SpikeBound {
  /** What is usual: the median of the history. */
  usual: number;
  /** A value above it is a spike. */
  bound: number;
}

/**
 * From which value on something is a spike, given the same quarter of an hour in earlier weeks: 6 robust deviations above the median, and at least
 * `floor` (in the metric's unit) and half of the median above it. One odd week, a holiday or an earlier spike, moves neither median nor
 * deviation far. Undefined when the history is too short.
 */
export function spikeBound(history: readonly number[], floor: number): SpikeBound | undefined {
  if (history.length < SPIKE_MIN_HISTORY) return undefined;
  const usual = median(history);
  const deviation = MAD_SCALE * median(history.map((value) => Math.abs(value - usual)));
  return { usual, bound: usual + Math.max(DEVIATIONS * deviation, floor, LEAST_RISE * Math.abs(usual)) };
}
