import { existsSync } from 'node:fs';
import { inFolder } from './folder';
import { labelsOf, problemsOf } from './known-metrics';
import { analyse, selectors } from './promql';
import { alerts, recordings, readRules, RULE_FILES, type Alert } from './rules';
import { scrapeJobs } from './scrape-jobs';

const each = alerts().map((alert) => [alert.alert, alert] as const);
const recorded = new Set(recordings().map(({ record }) => record));
const seconds = (duration: string): number => Number.parseInt(duration, 10) * { s: 1, m: 60, h: 3600 }[duration.at(-1) as 's' | 'm' | 'h'];
const SCRAPE_S = 15;

test("the seed's alerts stand in their groups", () => {
  expect(readRules('alerts.yml').map(({ name, rules }) => [name, rules.length])).toEqual([['analytics_alerts', 12], ['database_performance', 2]]);
});

test('every expression reads metrics, labels and label values that exist', () => {
  expect([...alerts(), ...recordings()].flatMap(({ expr }) => problemsOf(expr, scrapeJobs()))).toEqual([]);
});

test('a recording rule says by its name what its series are grouped by', () => {
  const level = (record: string): Set<string> => new Set((record.split(':')[0] as string).replace('job_type', 'jobtype').split('_').map((part) => ({ jobtype: 'job_type', plugin: 'plugin_id' })[part] ?? part));
  for (const record of recorded) if (!/^(slo|analytics|job:prometheus_)/.test(record)) expect([record, labelsOf(record)]).toEqual([record, level(record)]);
});

test('a rule is recorded before it is read', () => {
  const order = RULE_FILES.flatMap(({ file }) => readRules(file)).flatMap(({ rules }) => rules);
  const seen = new Set<string>();
  for (const rule of order) {
    for (const { metric } of selectors(rule.expr)) if (recorded.has(metric)) expect([rule.expr, seen.has(metric)]).toEqual([rule.expr, true]);
    if ('record' in rule) seen.add(rule.record);
  }
});

describe.each(each)('%s', (name, alert: Alert) => {
  test('reads recording rules only', () => {
    if (name === 'Watchdog') return expect(alert.expr).toBe('vector(1)');
    expect(selectors(alert.expr).map(({ metric }) => metric).filter((metric) => !recorded.has(metric))).toEqual([]);
  });

  test('waits for at least two scrapes', () => {
    if (name !== 'Watchdog') expect(seconds(alert.for as string)).toBeGreaterThanOrEqual(2 * SCRAPE_S);
  });

  test('has labels, texts and a runbook', () => {
    expect(alert.labels).toEqual({ severity: expect.stringMatching(/^(critical|warning|info|none)$/) as string, component: expect.any(String) as string });
    expect(Object.keys(alert.annotations).sort()).toEqual(['dashboard_url', 'description', 'runbook_url', 'summary']);
    expect(alert.annotations['runbook_url']).toBe(`https://docs.shadower.ai/runbooks/${name}`);
    expect(existsSync(inFolder('runbooks', `${name}.md`))).toBe(true);
    expect(alert.annotations['dashboard_url']).toMatch(/^\/d\/analytics-(service\?viewPanel=\d+|slo\?var-slo=)/);
  });

  test('names only labels that its series have, and shows no bare value', () => {
    const texts = Object.values(alert.annotations).join('\n');
    const labels = analyse(alert.expr, labelsOf).labels;
    expect([...texts.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] as string).filter((label) => !labels.has(label))).toEqual([]);
    expect(texts).not.toMatch(/\{\{ *\$value *\}\}/);
  });
});

test('a ratio has a floor of traffic or counts failures of something that always runs', () => {
  const withoutFloor = alerts().filter(({ expr }) => /ratio_(rate|increase)/.test(expr) && !/ and /.test(expr)).map(({ alert }) => alert);
  // Utilisation needs no traffic; notifications and error lines are the traffic, and one lost page is one too many.
  expect(withoutFloor.sort()).toEqual(['AlertmanagerNotificationFailures', 'HighCPUUsage', 'LogsThrottled', 'PrometheusNotificationFailures']);
});
