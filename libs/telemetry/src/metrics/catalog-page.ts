import { CATALOG, PROCESS_METRICS, SERIES_BUDGET, type Metric } from './catalog';
import type { Label } from './label';

const INTRODUCTION = `# Metrics

Made from the catalog (\`libs/telemetry/src/metrics/catalog.ts\`) by \`UPDATE_DOCS=1 npx jest --selectProjects=unit --testPathPatterns catalog-page\`; a test compares the two.

Every app serves its own metrics at \`/metrics\` and \`/api/v1/metrics\`, as Prometheus text or OpenMetrics, as \`Accept\` says; OpenMetrics carries exemplars with a \`trace_id\`.
Besides these come the [process metrics](#process-metrics) of prom-client. Probes and scrapes are not counted as requests.

Cluster-scoped metrics describe the whole system and are served at \`/metrics/cluster\`. They are refreshed at most every 5 seconds and omitted if collection fails. Scrape one worker; the other apps
expose only the Redis ones.

A label either has a fixed set of values, with unknown values mapped to the last one listed, or a maximum count, after which new values become \`other\` and are counted in
\`telemetry_dropped_total{signal="metrics",reason="cardinality"}\`. A process exposes at most ${SERIES_BUDGET.toLocaleString('en-US')} series: tests hold every app to it, and check that 10,000 made-up paths, methods, ids and
workspaces do not change the count.

A counter with fixed label values starts at 0. Any other new series is exposed to Prometheus as 0 first, [so that rates see its first events](decisions/new-series-begin-at-zero.md).
`;

function describeLabel(label: Label): string {
  if (label.kind === 'limited') return `at most ${label.max} values, then \`${label.overflow}\``;
  return [...new Set([...label.values, label.overflow])].map((value) => `\`${value}\``).join(' ');
}

function describe(name: string, metric: Metric): string {
  const labels = Object.entries(metric.labels).map(([label, values]) => `- \`${label}\`: ${describeLabel(values)}`);
  const buckets = metric.buckets ? [`- buckets: ${metric.buckets.join(', ')}`] : [];
  return [`## ${name}`, '', `${metric.help}`, '', `- ${metric.type}, unit: ${metric.unit}${metric.scope ? `, scope: ${metric.scope}` : ''}`, ...labels, ...buckets, ''].join('\n');
}

const PROCESS_SECTION = `## Process metrics

${PROCESS_METRICS.map((name) => `\`${name}\``).join(', ')}
`;

/** The reference of all metrics, in Markdown. */
export const catalogPage = (): string => [INTRODUCTION, ...Object.entries(CATALOG).map(([name, metric]) => describe(name, metric)), PROCESS_SECTION].join('\n');
