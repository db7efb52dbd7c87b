import { env } from '../config';
import { delivered, dropped } from '../context/delivery';
import { clusterCollectors, clusterRegistry } from './instruments';

const FRESH_MS = 5_000;
const PATIENCE_MS = 2_000;

interface Row {
  labels: Record<string, string>;
  value: number;
}

/** The rows of the biggest `n` workspaces (by the sum of their values); all others are added up under `other`. */
export function capWorkspaces(rows: readonly Row[], n: number): Row[] {
  const sizes = new Map<string, number>();
  for (const { labels, value } of rows) sizes.set(labels['workspace_id'] as string, (sizes.get(labels['workspace_id'] as string) ?? 0) + value);
  const named = new Set([...sizes].sort((a, b) => b[1] - a[1]).slice(0, n).map(([id]) => id));
  const result = new Map<string, Row>();
  for (const { labels, value } of rows) {
    const capped = named.has(labels['workspace_id'] as string) ? labels : { ...labels, workspace_id: 'other' };
    const key = JSON.stringify(Object.entries(capped).sort());
    const row = result.get(key);
    if (row) row.value += value;
    else result.set(key, { labels: capped, value });
  }
  return [...result.values()];
}

const impatient = <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error('timed out')), PATIENCE_MS)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

async function collectAll(): Promise<void> {
  const answered = await Promise.all(
    [...clusterCollectors.values()].map(async ({ metric, labels, collect }) => {
      try {
        const rows = await impatient(collect());
        metric.reset();
        for (const row of 'workspace_id' in labels ? capWorkspaces(rows, env.METRICS_WORKSPACES) : rows) metric.set(row.labels, row.value);
        present.add(metric);
        return true;
      } catch {
        // A fact that cannot be found out is left out: 0 would be a lie that closes alerts.
        present.delete(metric);
        dropped('metrics', 'scrape_failed');
        return false;
      }
    }),
  );
  if (answered.every(Boolean)) delivered('metrics');
}

const present = new Set<object>();
let fresh: { until: number; done: Promise<void> } | undefined;

/** The cluster-wide metrics whose collectors answered; computed at most every 5 s. */
export async function clusterMetrics(now: number): Promise<ReturnType<typeof clusterRegistry.getMetricsAsArray>> {
  if (!fresh || now >= fresh.until) fresh = { until: now + FRESH_MS, done: collectAll() };
  await fresh.done;
  return clusterRegistry.getMetricsAsArray().filter((metric) => present.has(metric as unknown as object));
}
