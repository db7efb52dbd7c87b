import { SERIES_BUDGET } from '@shadower/telemetry';
import { contractProblems, type Inventory } from './contract';
import { problemsOf } from './known-metrics';
import { selectors } from './promql';
import { queriesOf, readInventory, readRunbooks } from './read-inventory';
import { alerts } from './rules';
import { readScrapeJobs, scrapeJobs } from './scrape-jobs';

const inventory = readInventory();
const runbooks = readRunbooks();
const without = (names: readonly string[], name: string): string[] => names.filter((one) => one !== name);

test('catalog, rules, panels, runbooks, guide, scrape jobs, probes and index names agree', () => {
  for (const list of Object.values(inventory)) expect(Object.keys(list as object).length).toBeGreaterThan(0);
  expect(contractProblems(inventory)).toEqual([]);
});

describe('the contract bites:', () => {
  const { queries, catalog, runbooks: files, alerts: names, recordings, foreign, unread, families, probed, served, noTraffic, documentedAlerts, documentedJobs, documentedFamilies, writtenFamilies } = inventory;

  test.each<[string, Partial<Inventory>, string]>([
    ['an unknown metric', { queries: [...queries, 'rate(http_request_total[5m])'] }, 'no such metric: http_request_total'],
    ['a wrong label', { queries: [...queries, 'sum by (route) (http_requests_total)'] }, 'names the label route'],
    ['a missing runbook', { runbooks: without(files, 'ServiceDown') }, 'ServiceDown: an alert without a runbook'],
    ['an orphan metric', { catalog: [...catalog, 'nobody_asks_total'] }, 'nobody_asks_total: a metric that nothing reads'],
    ['a value that never occurs', { queries: [...queries, 'background_jobs_total{status="success"}'] }, 'never has status="success"'],
    ['a job that is not scraped', { queries: [...queries, 'up{job="analytics-backend"}'] }, 'never has job="analytics-backend"'],
    ['a runbook of an alert that is gone', { alerts: without(names, 'ServiceDown') }, 'ServiceDown: a runbook without an alert'],
    ['a recording rule for nobody', { recordings: [...recordings, 'job:nobody:asks'] }, 'job:nobody:asks: a recording rule that nothing reads'],
    ['a foreign metric for nobody', { foreign: [...foreign, 'go_goroutines'] }, 'go_goroutines: a foreign metric that nothing reads'],
    ['an excuse for a metric that is gone', { unread: { ...unread, gone_total: 'was once' } }, 'gone_total: excused from being read, and not exported'],
    ['an excuse for a metric that is read', { unread: { ...unread, http_requests_total: 'why not' } }, 'http_requests_total: excused from being read, and read'],
    ['an alert that the guide forgot', { documentedAlerts: without(documentedAlerts, 'Watchdog') }, 'Watchdog: an alert that the operations guide does not name'],
    ['an alert that only the guide knows', { documentedAlerts: [...documentedAlerts, 'HighDiskUsage'] }, 'HighDiskUsage: no alert'],
    ['a scrape job that the guide forgot', { documentedJobs: without(documentedJobs, 'analytics-cluster') }, 'analytics-cluster: a scrape job'],
    ['a scrape job that only the guide knows', { documentedJobs: [...documentedJobs, 'frontend'] }, 'frontend: no scrape job'],
    ['an index family that Fluentd does not write', { writtenFamilies: without(writtenFamilies, 'analytics-errors') }, 'analytics-errors: an index family that Fluentd'],
    ['an index family without a policy', { families: without(families, 'analytics-metrics') }, 'analytics-metrics: written by Fluentd'],
    ['an index family that the guide forgot', { documentedFamilies: without(documentedFamilies, 'analytics') }, 'analytics: an index family that the operations guide'],
    ['a probe of a path that is not served', { probed: [...probed, '/healthz'] }, '/healthz: scraped or probed'],
    ["an operators' path counted as traffic", { served: [...served, '/debug'] }, '/debug: served to operators'],
    ['a path left out that nobody serves', { noTraffic: [...noTraffic, '/ping'] }, '/ping: left out of traffic'],
  ])('%s', (_what, change, complaint) => {
    expect(contractProblems({ ...inventory, ...change })).toContainEqual(expect.stringContaining(complaint));
  });

  test('broken syntax', () => {
    expect(() => problemsOf('sum(rate(http_requests_total[5m])', scrapeJobs())).toThrow('does not parse');
  });
});

test.each(Object.entries(runbooks))('runbook %s: its four parts, the series of its alert, a command, no dead link', (name, text) => {
  expect([...text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)].map((match) => match[1])).toEqual([name, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
  const alert = alerts().find((one) => one.alert === name);
  const [judged] = selectors(alert?.expr ?? '1');
  if (judged) expect(queriesOf(text)).toContain(judged.metric);
  expect(text).toMatch(/```bash\n\S/);
  for (const [, file] of text.matchAll(/\]\((\w+)\.md\)/g)) expect(Object.keys(runbooks)).toContain(file);
});

test('a process that uses up its budget of series is still scraped', () => {
  const limits = readScrapeJobs().flatMap(({ metrics_path, sample_limit }) => (metrics_path === '/metrics' ? [sample_limit ?? 0] : []));
  expect(limits).toHaveLength(3);
  expect(Math.min(...limits)).toBeGreaterThan(SERIES_BUDGET);
});
