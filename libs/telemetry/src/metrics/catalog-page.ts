import { CATALOG, PROCESS_METRICS, SERIES_BUDGET, type Metric } from './catalog';
import type { Label } from './label';

const INTRODUCTION = `# Metrics

Made from the catalog (\`libs/telemetry/src/metrics/catalog.ts\`) by \`UPDATE_DOCS=1 npx jest --selectProjects=unit --testPathPatterns catalog-page\`; a test compares the two.

Every app serves these at \`/metrics\` and \`/api/v1/metrics\`, those of scope "cluster" at \`/metrics/cluster\`: facts about the whole system,
found out at most every 5 seconds, and left out when they cannot be. One worker is scraped for them: it knows them all, the other apps only those of Redis. Prometheus text or OpenMetrics, as \`Accept\` says;
OpenMetrics carries exemplars with a \`trace_id\`. Besides these come the [process metrics](#process-metrics) of prom-client.

A process may show ${SERIES_BUDGET.toLocaleString('en-US')} series: tests hold every app to it, and see that 10,000 made-up paths, methods, ids and workspaces leave the count where it was.

A label is a closed list (any other value becomes the last one shown), or holds at most so many values, after which it is \`other\` and counted in \`telemetry_dropped_total{signal="metrics",reason="cardinality"}\`.
A counter whose labels are all closed begins at 0. Probes and scrapes are not counted as requests.
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
