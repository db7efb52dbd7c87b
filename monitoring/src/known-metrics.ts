import { CATALOG, type Metric } from '@shadower/telemetry';
import { FOREIGN_METRICS, UNNAMED_COUNTERS } from './foreign-metrics';
import { analyse, selectors, type LabelsOf, type Matcher } from './promql';
import { recordings } from './rules';

/** What every scraped series has. */
const SCRAPED = ['job', 'instance'];
const catalog = CATALOG as Record<string, Metric>;

/** The row of the catalog that a series belongs to: `x_bucket` is part of the histogram `x`. */
export function catalogName(metric: string): string | undefined {
  if (catalog[metric] && catalog[metric].type !== 'histogram') return metric;
  const base = /^(.+)_(bucket|sum|count)$/.exec(metric)?.[1];
  return base && catalog[base]?.type === 'histogram' ? base : undefined;
}

/** Whether a scraped metric only grows, as a rate needs it. */
export function isCounter(metric: string): boolean {
  const row = catalogName(metric);
  if (row) return (catalog[row] as Metric).type !== 'gauge';
  return metric in FOREIGN_METRICS && (/_(total|sum|count|bucket)$/.test(metric) || UNNAMED_COUNTERS.includes(metric));
}

function scrapedLabels(metric: string): Set<string> | undefined {
  const row = catalogName(metric);
  if (row) return new Set([...SCRAPED, ...Object.keys((catalog[row] as Metric).labels), ...(metric.endsWith('_bucket') ? ['le'] : [])]);
  const foreign = FOREIGN_METRICS[metric];
  return foreign && new Set([...SCRAPED, ...foreign]);
}

const recorded = new Map<string, Set<string> | undefined>();

/** Labels of a scraped metric or of a recording rule; undefined when there is no such metric. */
export const labelsOf: LabelsOf = (metric) => {
  if (recorded.has(metric)) return recorded.get(metric);
  const rules = recordings().filter(({ record }) => record === metric);
  recorded.set(metric, rules.length === 0 ? scrapedLabels(metric) : undefined);
  // A rule may read itself through others only in nonsense; the entry above ends that recursion.
  if (rules.length > 0) recorded.set(metric, new Set(rules.flatMap(({ expr, labels }) => [...analyse(expr, labelsOf).labels, ...Object.keys(labels ?? {})])));
  return recorded.get(metric);
};

function impossible(metric: string, { label, op, value }: Matcher, jobs: readonly string[]): boolean {
  const row = catalogName(metric);
  const kind = row && (catalog[row] as Metric).labels[label];
  const allowed = label === 'job' ? jobs : kind && kind.kind !== 'limited' ? [...kind.values, kind.overflow] : undefined;
  if (!allowed || value.includes('$')) return false;
  const wanted = op.endsWith('~') ? value.split('|') : [value];
  return wanted.some((one) => !allowed.some((known) => (op.endsWith('~') ? new RegExp(`^(?:${one})$`).test(known) : one === known)));
}

/** What is wrong with an expression: metrics and labels that nobody exports, and label values that never occur. */
export function problemsOf(expr: string, jobs: readonly string[]): string[] {
  const values = selectors(expr).flatMap(({ metric, matchers }) => matchers.filter((matcher) => impossible(metric, matcher, jobs)).map(({ label, value }) => `${metric} never has ${label}="${value}": ${expr}`));
  return [...analyse(expr, labelsOf).problems, ...values];
}
