import { CATALOG, type Metric } from '@shadower/telemetry';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { boundOf } from './bound';
import { inFolder, inRepository } from './folder';
import { catalogName, labelsOf } from './known-metrics';
import { analyse, selectors } from './promql';
import { compares, queryProblems, ruleProblems } from './query-habits';
import { readInventory } from './read-inventory';
import { alerts, readRules, recordings, RULE_FILES } from './rules';

const rules = [...alerts(), ...recordings()];
const unique = (names: readonly string[]): string[] => names.filter((name, at) => names.indexOf(name) !== at);

test('every query of rules, panels and runbooks is of good habits', () => {
  expect(readInventory().queries.flatMap(queryProblems)).toEqual([]);
});

test('so is every rule, for what only a rule must not do', () => {
  expect(rules.flatMap(({ expr }) => ruleProblems(expr))).toEqual([]);
});

test('an alert can be silent: it compares; only the Watchdog never is', () => {
  expect(alerts().filter(({ expr }) => !compares(expr)).map(({ alert }) => alert)).toEqual(['Watchdog']);
});

test.each([
  ['up{job=~"analytics-api"}', 'job needs no regular expression'],
  ['up{job=~".*"}', 'job needs no regular expression'],
  ['up{job=~"^jobs-.+"}', 'job is anchored twice'],
  ['rate(database_connections[5m])', 'rate of database_connections, which is no counter'],
  ['increase(job:http_requests:rate5m[1h])', 'which is no counter'],
  ['rate(sum(http_requests_total)[5m:])', 'rate of an expression, which is no counter'],
  ['rate(http_requests_total[30s])', '30s has fewer than 4 scrapes'],
  ['avg_over_time(slo:events:rate5m[90d])', '90d is longer than samples are kept'],
  ['sum(http_requests_total)', 'http_requests_total is a counter and shown raw'],
  ['http_request_duration_seconds_bucket', 'is a counter and shown raw'],
  ['job:http_requests:rate5m / job_operation:database_queries:rate5m', '{job} and {job,operation} never match'],
  ['up unless sum(up)', '{instance,job} and {} never match'],
  ['up{job="analytics-api",job="jobs-worker"}', 'up cannot have two values of one label'],
  ['up and 1 > 2', '1 > 2 compares numbers'],
])('of bad habits: %s', (expr, complaint) => {
  expect(queryProblems(expr)).toContainEqual(expect.stringContaining(complaint));
});

test.each([
  ['job:http_requests_errors:rate5m / job:http_requests:rate5m', 'divides by job:http_requests:rate5m, which may be 0'],
  ['topk(3, job:http_requests:rate5m) > 1', 'topk'],
  ['sum without (instance) (up) == 0', 'without'],
])('of bad habits in a rule: %s', (expr, complaint) => {
  expect(ruleProblems(expr)).toContainEqual(expect.stringContaining(complaint));
});

test.each(['up', 'job:up:sum == bool 0'])('an alert that is never silent: %s', (expr) => {
  expect(compares(expr)).toBe(false);
});

test('a download is in no duration, and its route is one of the API', () => {
  const durations = rules.flatMap(({ expr }) => selectors(expr)).filter(({ metric }) => metric.startsWith('http_request_duration_seconds_'));
  const leftOut = durations.map(({ matchers }) => matchers.find(({ label, op }) => label === 'endpoint' && op === '!=')?.value);
  expect(durations.length).toBeGreaterThan(5);
  expect([...new Set(leftOut)]).toHaveLength(1);
  expect(readFileSync(inRepository('apps/analytics-api/test/routes.e2e.ts'), 'utf8')).toContain(`'GET ${leftOut[0]}'`);
});

test('names are of one kind, and nothing is said twice', () => {
  expect(alerts().filter(({ alert }) => !/^([A-Z][a-z0-9A-Z]+)$/.test(alert))).toEqual([]);
  expect(recordings().filter(({ record }) => !/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/.test(record))).toEqual([]);
  expect(unique(alerts().map(({ alert }) => alert))).toEqual([]);
  expect(unique(recordings().map(({ record, labels }) => JSON.stringify([record, labels])))).toEqual([]);
});

test('no rule overwrites a label of its series, or one that Prometheus adds', () => {
  const { external_labels } = (parse(readFileSync(inFolder('prometheus.yml'), 'utf8')) as { global: { external_labels: object } }).global;
  const taken = rules.flatMap(({ expr, labels = {} }) => Object.keys(labels).filter((label) => label in external_labels || analyse(expr, labelsOf).labels.has(label)));
  expect(taken).toEqual([]);
  expect(JSON.stringify(alerts())).not.toMatch(/externalLabels/i);
});

test('no group has an interval of its own: waiting times are multiples of one', () => {
  expect(RULE_FILES.flatMap(({ file }) => readRules(file)).filter((group) => 'interval' in group)).toEqual([]);
});

test('a failure that never happened counts as 0', () => {
  const ofFailures = recordings().filter(({ expr }) => /status=~?"(5\.\.|failed)"|result="hit"/.test(expr));
  expect(ofFailures.length).toBeGreaterThanOrEqual(5);
  expect(ofFailures.filter(({ expr }) => !/\bor [^]+ \* 0/.test(expr))).toEqual([]);
});

/** Upper bounds of the histogram that a recorded quantile comes from. */
function bucketsOf(metric: string): readonly number[] {
  const row = catalogName(metric);
  if (row) return (CATALOG as Record<string, Metric>)[row]?.buckets ?? [];
  return recordings().filter(({ record }) => record === metric).flatMap(({ expr }) => selectors(expr).flatMap((selector) => bucketsOf(selector.metric)));
}

test('a bucket ends at the threshold of every quantile, and another lies above', () => {
  const bounds = alerts().flatMap(({ alert, expr }) => selectors(expr).filter(({ metric }) => /:p\d+_/.test(metric)).map(({ metric }) => ({ metric, value: boundOf(alert, metric).value })));
  expect(bounds).toHaveLength(4);
  for (const { metric, value } of bounds) {
    expect([metric, bucketsOf(metric)]).toEqual([metric, expect.arrayContaining([value])]);
    expect(Math.max(...bucketsOf(metric))).toBeGreaterThan(value);
  }
});

test('a bucket ends at the bound of every objective', () => {
  const bounds = recordings().flatMap(({ expr }) => selectors(expr).flatMap(({ metric, matchers }) => matchers.filter(({ label }) => label === 'le').map(({ value }) => ({ metric, value }))));
  expect(bounds).toHaveLength(3);
  for (const { metric, value } of bounds) expect([metric, bucketsOf(metric)]).toEqual([metric, expect.arrayContaining([Number(value.replace('(\\.0)?', ''))])]);
});
