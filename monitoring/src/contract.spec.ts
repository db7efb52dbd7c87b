import { readdirSync, readFileSync } from 'node:fs';
import { CATALOG } from '@shadower/telemetry';
import { LOG_FAMILIES } from './elasticsearch/log-families';
import { inFolder, inRepository } from './folder';
import { FOREIGN_METRICS } from './foreign-metrics';
import { ANNOTATIONS } from './grafana/dashboards';
import { SERVICE_PANELS } from './grafana/service-panels';
import { SLO_PANELS } from './grafana/slo-panels';
import { plainQuery } from './grafana/plain-query';
import { catalogName, problemsOf } from './known-metrics';
import { selectors } from './promql';
import { alerts, recordings } from './rules';
import { readScrapeJobs, scrapeJobs } from './scrape-jobs';

/** The commented lines of the first ```promql block, one expression a line. */
const queriesOf = (runbook: string): string[] => (/```promql\n([\s\S]*?)```/.exec(runbook)?.[1] ?? '').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
const runbookFiles = readdirSync(inFolder('runbooks'));
const runbooks = Object.fromEntries(runbookFiles.map((file) => [file.replace(/\.md$/, ''), readFileSync(inFolder('runbooks', file), 'utf8')]));
const operations = readFileSync(inRepository('docs/operations.md'), 'utf8');

const panelQueries = [...SERVICE_PANELS, ...SLO_PANELS].flatMap(({ queries }) => queries.map(({ expr }) => plainQuery(expr)));
const runbookQueries = Object.values(runbooks).flatMap(queriesOf);
const annotationQueries = ANNOTATIONS.map(({ expr }) => expr as string);
const everyQuery = [...alerts(), ...recordings()].map(({ expr }) => expr).concat(panelQueries, annotationQueries, runbookQueries);
const read = new Set(everyQuery.flatMap((expr) => selectors(expr).map(({ metric }) => metric)));

/** Metrics for those who ask a question of their own; each with the reason why no rule, panel or runbook asks it. */
const FOR_EXPLORERS: Record<string, string> = {
  analytics_events_ingested_total: 'a figure of the business without a bad value',
  analytics_queries_total: 'detail below the HTTP figures',
  analytics_query_duration_seconds: 'detail below the HTTP figures',
  background_job_duration_seconds: 'shown where a job type is slow',
  cache_operation_duration_seconds: 'detail below the HTTP figures',
  cache_size_bytes: 'Redis exporter alerts on memory',
  external_request_duration_seconds: 'the Main App is optional',
  export_duration_seconds: 'how long an export takes depends on its range',
  http_requests_in_progress: 'a gauge between scrapes says little',
  rate_limit_decisions_total: 'a refused client is told so',
};

test('every query of rules, panels and runbooks reads metrics, labels and values that exist', () => {
  expect(everyQuery.flatMap((expr) => problemsOf(expr, scrapeJobs()))).toEqual([]);
});

test('the check bites: unknown metric, wrong label, wrong value, broken syntax', () => {
  expect(problemsOf('rate(http_request_total[5m])', scrapeJobs())).toEqual([expect.stringContaining('no such metric') as string]);
  expect(problemsOf('sum by (route) (http_requests_total)', scrapeJobs())).toEqual([expect.stringContaining('names the label route') as string]);
  expect(problemsOf('background_jobs_total{status="success"}', scrapeJobs())).toEqual([expect.stringContaining('never has status="success"') as string]);
  expect(problemsOf('up{job="analytics-backend"}', scrapeJobs())).toEqual([expect.stringContaining('never has job="analytics-backend"') as string]);
  expect(() => problemsOf('sum(rate(http_requests_total[5m])', scrapeJobs())).toThrow('does not parse');
});

test('every metric of the catalog is read somewhere, or says why not', () => {
  const known = new Set([...read].map(catalogName));
  const orphans = Object.keys(CATALOG).filter((name) => !known.has(name));
  expect(orphans.filter((name) => !FOR_EXPLORERS[name])).toEqual([]);
  expect(Object.keys(FOR_EXPLORERS).filter((name) => !(name in CATALOG))).toEqual([]);
});

test('every recording rule is read by a rule, a panel or a runbook', () => {
  expect(recordings().map(({ record }) => record).filter((record) => !read.has(record))).toEqual([]);
});

test('every foreign metric is read', () => {
  expect(Object.keys(FOREIGN_METRICS).filter((name) => !read.has(name))).toEqual([]);
});

test('one runbook an alert, and one alert a runbook', () => {
  expect(Object.keys(runbooks).sort()).toEqual(alerts().map(({ alert }) => alert).sort());
});

test.each(Object.entries(runbooks))('runbook %s: its four parts, the series of its alert, a command, no dead link', (name, text) => {
  expect([...text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)].map((match) => match[1])).toEqual([name, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
  const alert = alerts().find((one) => one.alert === name);
  const [judged] = selectors(alert?.expr ?? '1');
  if (judged) expect(queriesOf(text)).toContain(judged.metric);
  expect(text).toMatch(/```bash\n\S/);
  for (const [, file] of text.matchAll(/\]\((\w+\.md)\)/g)) expect(runbookFiles).toContain(file);
});

test('the operations guide names every alert, index family and scrape job', () => {
  for (const { alert } of alerts()) expect(operations).toContain(alert);
  for (const { name } of LOG_FAMILIES) expect(operations).toContain(`\`${name}-YYYY.MM.DD\``);
  for (const job of scrapeJobs().slice(0, 4)) expect(operations).toContain(job);
});

test('metrics are scraped where the applications serve them', () => {
  const paths = new Set(readScrapeJobs().map(({ metrics_path = '/metrics' }) => metrics_path));
  const controller = readFileSync(inRepository('libs/telemetry/src/metrics/metrics.controller.ts'), 'utf8');
  for (const path of paths) expect(controller).toContain(path.replace(/^\//, ''));
});
