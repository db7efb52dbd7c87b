import { CATALOG, type Metric } from './catalog';
import { LabelGuard } from './label-guard';

const rows = Object.entries(CATALOG) as [string, Metric][];
const histograms = rows.filter(([, { type }]) => type === 'histogram');
/** Thresholds of alerts and objectives, in the unit of the metric: a bucket must end AT each, and one must lie above. */
const THRESHOLDS: Record<string, number[]> = { http_request_duration_seconds: [1, 3], database_query_duration_seconds: [0.5, 2.5], rollup_delay_seconds: [5], live_delivery_seconds: [1] };

describe('the catalog', () => {
  it.each(rows)('%s is named as its type and unit want', (name, { type, unit, labels }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(new RegExp(`_${unit}s$`));
    for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z][a-z_]*$/);
  });

  it.each(histograms)('%s has rising buckets', (_name, { buckets = [] }) => {
    expect(buckets.length).toBeGreaterThan(5);
    expect([...buckets].sort((a, b) => a - b)).toEqual(buckets);
  });

  it.each(Object.entries(THRESHOLDS))('%s has a bucket at each threshold and above', (name, thresholds) => {
    const { buckets = [] } = CATALOG[name as keyof typeof CATALOG] as Metric;
    for (const threshold of thresholds) expect(buckets).toContain(threshold);
    expect(Math.max(...buckets)).toBeGreaterThan(Math.max(...thresholds));
  });

  it('has no label that a client chooses, and a limit for every label', () => {
    for (const [, { labels }] of rows) {
      for (const name of Object.keys(labels)) expect(['user_id', 'request_id', 'trace_id', 'path', 'url', 'email', 'ip']).not.toContain(name);
      for (const label of Object.values(labels)) expect(label.kind === 'limited' ? label.max : label.values.length).toBeLessThanOrEqual(1000);
    }
  });

  it('begins with fewer than 400 series', () => {
    const initial = rows.filter(([, { type }]) => type === 'counter').map(([, { labels }]) => new LabelGuard(labels).combinations().length);
    expect(initial.reduce((sum, count) => sum + count, 0)).toBeLessThan(400);
  });
});
