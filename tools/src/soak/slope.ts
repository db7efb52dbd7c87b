/** One look at a process: hours since the start, and what was measured then. */
export interface Point {
  hours: number;
  value: number;
}

/** Growth an hour, by least squares. The first `warmUp` share of the time is left out: caches fill and V8 finds its size. */
export function slope(points: readonly Point[], warmUp = 0.3): number {
  const end = points.at(-1)?.hours ?? 0;
  const counted = points.filter(({ hours }) => hours >= end * warmUp);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  const [x, y] = [mean(counted.map(({ hours }) => hours)), mean(counted.map(({ value }) => value))];
  const spread = counted.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
  return spread === 0 ? 0 : counted.reduce((sum, { hours, value }) => sum + (hours - x) * (value - y), 0) / spread;
}
