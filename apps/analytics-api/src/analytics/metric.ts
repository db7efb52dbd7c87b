import { DURATION_BINS_PER_DOUBLING } from '@shadower/database';
import { normalizeCredits } from '@shadower/domain';

/** Sums over some rollup rows, as PostgreSQL gives them: exact, as text. */
export const SUMS = ['events', 'succeeded', 'failed', 'credits', 'context_tokens', 'generated_tokens', 'duration_ms_sum', 'duration_count'] as const;
export type Sums = Record<(typeof SUMS)[number], string>;
/** How many durations lie in each bin; see `DURATION_BIN` of rollup-sql. */
export type Histogram = Map<number, number>;
/** Exact credits are text; a ratio or a duration of nothing is null. */
export type Value = number | string | null;

interface Metric {
  unit: string;
  of: (sums: Sums, histogram: Histogram) => Value;
  /** Whether the histogram is needed. */
  bins?: true;
  /** The sums that say which of many series are shown; without: `events`. */
  rank?: string;
}

const finished = (sums: Sums): number => Number(sums.succeeded) + Number(sums.failed);
const percentileMetric = (share: number): Metric => ({
  unit: 'millisecond',
  of: (_, histogram) => percentile(histogram, share),
  bins: true,
});

/** Everything that can be asked for over time. Ratios and percentiles are computed from sums, never from other ratios or percentiles. */
export const METRICS = {
  events: { unit: 'event', of: (sums) => Number(sums.events) },
  executions: { unit: 'execution', of: finished, rank: 'succeeded + failed' },
  succeeded: { unit: 'execution', of: (sums) => Number(sums.succeeded), rank: 'succeeded' },
  failed: { unit: 'execution', of: (sums) => Number(sums.failed), rank: 'failed' },
  success_rate: { unit: 'ratio', of: (sums) => (finished(sums) === 0 ? null : Number(sums.succeeded) / finished(sums)) },
  credits: { unit: 'credit', of: (sums) => normalizeCredits(sums.credits), rank: 'credits' },
  context_tokens: { unit: 'token', of: (sums) => Number(sums.context_tokens), rank: 'context_tokens' },
  generated_tokens: { unit: 'token', of: (sums) => Number(sums.generated_tokens), rank: 'generated_tokens' },
  duration_average: {
    unit: 'millisecond',
    of: (sums) => (Number(sums.duration_count) === 0 ? null : Number(sums.duration_ms_sum) / Number(sums.duration_count)),
  },
  duration_p50: percentileMetric(0.5),
  duration_p95: percentileMetric(0.95),
  duration_p99: percentileMetric(0.99),
} satisfies Record<string, Metric>;
export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as [MetricName, ...MetricName[]];

export const needsBins = (name: MetricName): boolean => 'bins' in METRICS[name];
export const rankOf = (name: MetricName): string => (METRICS[name] as Metric).rank ?? 'events';

/** The middle of the bin in which the nearest-rank percentile lies: within 4.5 % of it. */
export function percentile(histogram: Histogram, share: number): number | null {
  const bins = [...histogram].sort(([a], [b]) => a - b);
  const rank = Math.ceil(share * bins.reduce((sum, [, count]) => sum + count, 0));
  let seen = 0;
  for (const [bin, count] of bins) {
    seen += count;
    if (seen >= rank) return bin === 0 ? 1 : 2 ** ((bin - 0.5) / DURATION_BINS_PER_DOUBLING);
  }
  return null;
}
