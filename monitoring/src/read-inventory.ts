import { readdirSync, readFileSync } from 'node:fs';
import { CATALOG } from '@shadower/telemetry';
import type { Inventory } from './contract';
import { LOG_FAMILIES } from './elasticsearch/log-families';
import { inFolder, inRepository } from './folder';
import { FOREIGN_METRICS } from './foreign-metrics';
import { ANNOTATIONS } from './grafana/dashboards';
import { plainQuery } from './grafana/plain-query';
import { SERVICE_PANELS } from './grafana/service-panels';
import { SLO_PANELS } from './grafana/slo-panels';
import { alerts, recordings } from './rules';
import { readScrapeJobs, scrapeJobs } from './scrape-jobs';

/** Metrics for those who ask a question of their own; each with the reason why no rule, panel or runbook asks it. */
const FOR_EXPLORERS: Record<string, string> = {
  analytics_events_ingested_total: 'a figure of the business without a bad value',
  analytics_queries_total: 'detail below the HTTP figures',
  analytics_query_duration_seconds: 'detail below the HTTP figures',
  cache_operation_duration_seconds: 'detail below the HTTP figures',
  cache_size_bytes: 'Redis exporter alerts on memory',
  external_request_duration_seconds: 'the Main App is optional',
  http_requests_in_progress: 'a gauge between scrapes says little',
  rate_limit_decisions_total: 'a refused client is told so',
};

const OPERATORS_CONTROLLERS = ['libs/telemetry/src/metrics/metrics.controller.ts', 'libs/telemetry/src/health/health.controller.ts'];
const MANIFESTS = ['analytics-api', 'jobs-worker', 'websocket-gateway'].map((name) => `k8s/base/${name}.yaml`);

const texts = (...files: string[]): string => files.map((file) => readFileSync(inRepository(file), 'utf8')).join('\n');
const all = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))];

/** Files of the runbooks by the names of their alerts. */
export const readRunbooks = (): Record<string, string> => Object.fromEntries(readdirSync(inFolder('runbooks')).map((file) => [file.replace(/\.md$/, ''), readFileSync(inFolder('runbooks', file), 'utf8')]));

/** The expressions of the first ```promql block, one a line. */
export const queriesOf = (runbook: string): string[] => (/```promql\n([\s\S]*?)```/.exec(runbook)?.[1] ?? '').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));

function everyQuery(): string[] {
  const rules = [...alerts(), ...recordings()].map(({ expr }) => expr);
  const panels = [...SERVICE_PANELS, ...SLO_PANELS].flatMap(({ queries }) => queries.map(({ expr }) => plainQuery(expr)));
  return [...rules, ...panels, ...ANNOTATIONS.map(({ expr }) => expr as string), ...Object.values(readRunbooks()).flatMap(queriesOf)];
}

/** As the repository stands. */
export function readInventory(): Inventory {
  const guide = texts('docs/operations.md');
  const alertTable = /### Alerts\n([\s\S]*?)\n\n/.exec(guide)?.[1] ?? '';
  const rowsOfJobs = all(guide, /^\| [^|]+ \| \d{4} \| (.+) \|$/gm).join(' ');
  return {
    catalog: Object.keys(CATALOG), unread: FOR_EXPLORERS, foreign: Object.keys(FOREIGN_METRICS),
    recordings: recordings().map(({ record }) => record), queries: everyQuery(),
    alerts: alerts().map(({ alert }) => alert), runbooks: Object.keys(readRunbooks()), documentedAlerts: all(alertTable, /^\| ([A-Z][^|]+) \|/gm).flatMap((names) => names.split(', ')),
    jobs: scrapeJobs(), productJobs: readScrapeJobs().filter(({ metrics_path }) => metrics_path).map(({ job_name }) => job_name), documentedJobs: all(rowsOfJobs, /`([a-z-]+)`/g),
    families: LOG_FAMILIES.map(({ name }) => name), writtenFamilies: all(texts('monitoring/fluentd/fluentd.conf'), /logstash_prefix (\S+)/g), documentedFamilies: all(guide, /`([\w-]+)-YYYY\.MM\.DD`/g),
    served: all(texts(...OPERATORS_CONTROLLERS), /@Get\(([^)]*)\)/g).flatMap((paths) => all(paths, /'([^']+)'/g)).map((path) => `/${path}`),
    scraped: readScrapeJobs().map(({ metrics_path = '/metrics' }) => metrics_path), probed: all(texts(...MANIFESTS), /^ +path: (\/\S+)$/gm),
    noTraffic: all(texts('monitoring/rules/recording.yml', 'monitoring/rules/slo.yml'), /endpoint!~"([^"]+)"/g).flatMap((pattern) => pattern.split('|')),
  };
}
