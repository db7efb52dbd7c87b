import { catalogName, problemsOf } from './known-metrics';
import { selectors } from './promql';

/** What the files in and around this folder say of the same things; none may say more or less than the others. */
export interface Inventory {
  /** Metrics that the applications export, and those of them that nothing here reads, each with the reason. */
  catalog: string[];
  unread: Record<string, string>;
  /** Metrics of others that something here reads. */
  foreign: string[];
  recordings: string[];
  /** Every expression of rules, panels, annotations and runbooks. */
  queries: string[];
  alerts: string[];
  runbooks: string[];
  documentedAlerts: string[];
  /** Names of all scrape jobs, and of those of the applications as they are configured and as the guide says. */
  jobs: string[];
  productJobs: string[];
  documentedJobs: string[];
  /** Families of log indices: prepared in Elasticsearch, written by Fluentd, said by the guide. */
  families: string[];
  writtenFamilies: string[];
  documentedFamilies: string[];
  /** Paths that the applications serve to operators; that Prometheus scrapes; that Kubernetes probes; patterns that are no traffic. */
  served: string[];
  scraped: string[];
  probed: string[];
  noTraffic: string[];
}

const missing = (wanted: readonly string[], there: readonly string[], complaint: string): string[] => [...new Set(wanted)].filter((name) => !there.includes(name)).map((name) => `${name}: ${complaint}`);
const matches = (pattern: string, path: string): boolean => new RegExp(`^(?:${pattern})$`).test(path);

function metricProblems({ catalog, unread, foreign, recordings, queries, jobs }: Inventory): string[] {
  const read = queries.flatMap((expr) => selectors(expr).map(({ metric }) => metric));
  const readOfCatalog = read.flatMap((metric) => catalogName(metric) ?? []);
  const excused = Object.keys(unread);
  return [
    ...queries.flatMap((expr) => problemsOf(expr, jobs)),
    ...missing(catalog, [...readOfCatalog, ...excused], 'a metric that nothing reads'),
    ...missing(excused, catalog, 'excused from being read, and not exported'),
    ...excused.filter((name) => readOfCatalog.includes(name)).map((name) => `${name}: excused from being read, and read`),
    ...missing(recordings, read, 'a recording rule that nothing reads'),
    ...missing(foreign, read, 'a foreign metric that nothing reads'),
  ];
}

function pathProblems({ served, scraped, probed, noTraffic }: Inventory): string[] {
  return [
    ...missing([...scraped, ...probed], served, 'scraped or probed, and not served'),
    ...served.filter((path) => !noTraffic.some((pattern) => matches(pattern, path))).map((path) => `${path}: served to operators, and counted as traffic`),
    ...noTraffic.filter((pattern) => !served.some((path) => matches(pattern, path))).map((pattern) => `${pattern}: left out of traffic, and served by nobody`),
  ];
}

/** Every disagreement, each as `name: complaint`. */
export function contractProblems(inventory: Inventory): string[] {
  const { alerts, runbooks, documentedAlerts, productJobs, documentedJobs, families, writtenFamilies, documentedFamilies } = inventory;
  return [
    ...metricProblems(inventory),
    ...missing(alerts, runbooks, 'an alert without a runbook'),
    ...missing(runbooks, alerts, 'a runbook without an alert'),
    ...missing(alerts, documentedAlerts, 'an alert that the operations guide does not name'),
    ...missing(documentedAlerts, alerts, 'no alert, but named by the operations guide'),
    ...missing(productJobs, documentedJobs, 'a scrape job that the operations guide does not name'),
    ...missing(documentedJobs, productJobs, 'no scrape job, but named by the operations guide'),
    ...missing(families, writtenFamilies, 'an index family that Fluentd does not write'),
    ...missing(writtenFamilies, families, 'written by Fluentd, and not prepared in Elasticsearch'),
    ...missing(families, documentedFamilies, 'an index family that the operations guide does not name'),
    ...missing(documentedFamilies, families, 'no index family, but named by the operations guide'),
    ...pathProblems(inventory),
  ];
}
