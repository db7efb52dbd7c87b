import { readFileSync } from 'node:fs';
import type { Dashboard, Panel } from '@grafana/schema';
import { parse } from 'yaml';
import { boundOf } from '../bound';
import { inFolder } from '../folder';
import { labelsOf, problemsOf } from '../known-metrics';
import { selectors } from '../promql';
import { alerts } from '../rules';
import { scrapeJobs } from '../scrape-jobs';
import { ANNOTATIONS, dashboards, dashboardText } from './dashboards';
import { plainQuery } from './plain-query';
import { SERVICE_PANELS } from './service-panels';
import { SLO_PANELS } from './slo-panels';

/** Written out here, not derived: the names are promised to the reader of the documentation. */
const PROMISED = ['Request Rate', 'Error Rate', 'P95/P99 Latency', 'Active Users', 'Credits Consumed', 'Database Connections', 'Cache Hit Rate', 'Background Jobs', 'Request Distribution', 'WebSocket Connections', 'Database Query Performance', 'Export Performance', 'System Resources: Memory', 'System Resources: CPU', 'Alert Status', 'Request Rate (Current)', 'Average Response Time'];
/** Alerts without a curve that they judge, and what their panel shows of them. */
const OF_THE_STATUS = 'the alert itself, among those that fire';
const WITHOUT_SERIES: Record<string, string> = {
  Watchdog: OF_THE_STATUS,
  PrometheusRuleFailures: OF_THE_STATUS,
  PrometheusNotificationFailures: OF_THE_STATUS,
  AlertmanagerNotificationFailures: OF_THE_STATUS,
  SampleLimitExceeded: OF_THE_STATUS,
  ScrapeTargetDown: OF_THE_STATUS,
  TelemetryExportFailing: OF_THE_STATUS,
  FluentdBufferFilling: OF_THE_STATUS,
  FluentdOutputRetrying: OF_THE_STATUS,
  LogsThrottled: OF_THE_STATUS,
  QueueMetricsMissing: 'nothing: its metrics are those that are missing',
};
const rows = [...SERVICE_PANELS, ...SLO_PANELS];
const files = Object.entries(dashboards());
const panels = (model: Dashboard): Panel[] => model.panels as Panel[];

test('the 17 promised panels, in their order', () => {
  expect(SERVICE_PANELS.map(({ id, title }) => `${id} ${title}`)).toEqual(PROMISED.map((title, index) => `${index + 1} ${title}`));
});

test.each(files)('%s is what the table says (npm run dashboard writes it)', (name, model) => {
  expect(readFileSync(inFolder(name), 'utf8')).toBe(dashboardText(model));
});

test('every query parses and reads what is exported', () => {
  const queries = [...rows.flatMap((row) => row.queries.map(({ expr }) => expr)), ...ANNOTATIONS.map(({ expr }) => expr as string)];
  expect(queries.flatMap((expr) => problemsOf(plainQuery(expr), scrapeJobs()))).toEqual([]);
});

describe.each(rows.map((row) => [row.title, row] as const))('%s', (_title, row) => {
  const panel = files.flatMap(([, model]) => panels(model)).find(({ title }) => title === row.title) as Panel;

  test('has a unit, a description that names its alerts, and a legend for each query', () => {
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^(reqps|percentunit|s|short|eps)$/);
    expect(panel.description?.length).toBeGreaterThan(20);
    for (const { alert } of row.mirrors ?? []) expect(panel.description).toContain(alert);
    for (const target of panel.targets ?? []) expect(target['legendFormat']).toMatch(/\S/);
  });

  test('has the thresholds of its alerts', () => {
    const overrides = (panel.fieldConfig?.overrides ?? []).flatMap(({ properties }) => properties.filter(({ id }) => id === 'thresholds').map(({ value }) => value as { steps: { value: number | null }[] }));
    const shown = [panel.fieldConfig?.defaults.thresholds, ...overrides].flatMap((thresholds) => thresholds?.steps.map(({ value }) => value) ?? []).filter((value) => value !== null);
    const wanted = (row.mirrors ?? []).flatMap(({ alert, record, unbounded }) => (record && !unbounded ? [boundOf(alert, record).value] : []));
    expect(shown).toEqual(row.red === undefined && row.green === undefined ? wanted : [row.red ?? row.green]);
  });

  test('shows the recorded series that its alerts judge, or it is said why it cannot', () => {
    for (const { alert, record = '' } of row.mirrors ?? []) {
      if (alert in WITHOUT_SERIES) expect([alert, record]).toEqual([alert, '']);
      else expect([alert, record, row.queries.some(({ expr }) => expr.includes(record)), alerts().find((one) => one.alert === alert)?.expr.includes(record)]).toEqual([alert, expect.stringMatching(/:/), true, true]);
    }
  });

  test('uses no fixed range where Grafana knows a better one', () => {
    for (const { expr } of row.queries) expect(expr).not.toMatch(/rate\([^)]*\[\d/);
  });
});

/** Panels that show the same whichever service is chosen, and why; all others can be narrowed to one. */
const OF_THE_WHOLE: Record<string, string> = {
  'Active Users': 'facts about the whole system, scraped once',
  'Background Jobs': 'only the worker has them',
  'WebSocket Connections': 'only the gateway has them',
  'Export Performance': 'only the worker has them',
  'Alert Status': 'alerts of the monitoring itself count too',
};

test('a missed error budget is red, however far below zero it is', () => {
  const { defaults } = (panels(dashboards()['grafana-slo.json'] as Dashboard)[0] as Panel).fieldConfig ?? {};
  expect(defaults).not.toHaveProperty('min');
  expect(defaults?.thresholds?.steps).toEqual([{ color: 'red', value: null }, { color: 'green', value: 0 }]);
});

test('what a service tells is narrowed to the chosen one', () => {
  const unnarrowed = SERVICE_PANELS.filter(({ queries }) => queries.flatMap(({ expr }) => selectors(expr.replaceAll('$__rate_interval', '1m'))).some(({ metric, matchers }) => labelsOf(metric)?.has('job') && !matchers.some(({ label, value }) => label === 'job' && value === '$job')));
  expect(unnarrowed.map(({ title }) => title)).toEqual(Object.keys(OF_THE_WHOLE));
});

test('every alert links to a panel that mirrors it', () => {
  for (const { alert, annotations } of alerts()) {
    const [, uid, id] = /^\/d\/([\w-]+)\?(?:viewPanel=(\d+))?/.exec(annotations['dashboard_url'] as string) ?? [];
    const model = Object.values(dashboards()).find((one) => one.uid === uid);
    const linked = id ? [SERVICE_PANELS.find((row) => row.id === Number(id))] : SLO_PANELS;
    expect([alert, model !== undefined]).toEqual([alert, true]);
    if (alert !== 'LogsThrottled') expect([alert, linked.some((row) => row?.mirrors?.some((mirror) => mirror.alert === alert))]).toEqual([alert, true]);
  }
});

test('latency panels show exemplars, and their link is provisioned', () => {
  for (const id of [3, 11]) expect(SERVICE_PANELS[id - 1]?.queries.some(({ exemplars, expr }) => exemplars && expr.includes('_bucket'))).toBe(true);
  const { datasources } = parse(readFileSync(inFolder('grafana/provisioning/datasources/datasources.yml'), 'utf8')) as { datasources: { uid: string; type: string; jsonData: Record<string, unknown> }[] };
  expect(datasources.map(({ uid, type }) => `${uid} ${type}`)).toEqual(['prometheus prometheus', 'jaeger jaeger', 'elasticsearch elasticsearch', 'alertmanager alertmanager']);
  const uids = datasources.map(({ uid }) => uid);
  for (const { jsonData } of datasources) for (const [, uid] of JSON.stringify(jsonData).matchAll(/"datasourceUid":"([^"]+)"/g)) expect(uids).toContain(uid);
});

// The rules of Grafana's dashboard-linter, and of pint, that apply to a generated dashboard.
describe.each(files)('%s', (_name, model) => {
  test('panels have ids of their own, do not overlap and fit the grid', () => {
    const ids = panels(model).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = panels(model).flatMap(({ gridPos }) => Array.from({ length: (gridPos?.w ?? 0) * (gridPos?.h ?? 0) }, (_, at) => `${(gridPos?.x ?? 0) + (at % (gridPos?.w ?? 1))}/${(gridPos?.y ?? 0) + Math.floor(at / (gridPos?.w ?? 1))}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels(model).every(({ gridPos }) => (gridPos?.x ?? 0) + (gridPos?.w ?? 0) <= 24)).toBe(true);
  });

  test('is not editable, has a fixed uid, and every data source is the variable', () => {
    expect(model).toMatchObject({ editable: false, id: null, uid: expect.stringMatching(/^analytics-/) as string });
    expect(JSON.stringify(model).match(/"uid":"(?!\$\{datasource\}|analytics-)[^"]*"/g)).toBeNull();
  });

  test('every variable is used and every used variable is declared', () => {
    const declared = (model.templating?.list ?? []).map(({ name }) => name).sort();
    const used = new Set([...JSON.stringify(model).matchAll(/\$\{?(\w+)/g)].map((match) => match[1] as string).filter((name) => !name.startsWith('__')));
    expect([...used].sort()).toEqual(declared);
  });

  test('every panel asks something, of the chosen data source', () => {
    for (const { targets = [], datasource } of panels(model)) {
      expect(targets.length).toBeGreaterThan(0);
      expect([datasource, ...targets.map((target) => target['datasource'])]).toEqual(Array.from({ length: targets.length + 1 }, () => ({ type: 'prometheus', uid: '${datasource}' })));
    }
  });

  test('the variables choose a data source, and values of labels that there are, anew when the time changes', () => {
    const [datasource, ...others] = model.templating?.list ?? [];
    expect(datasource).toMatchObject({ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' });
    for (const { name, label, refresh, multi, allValue, query } of others) {
      expect({ label, refresh, multi, allValue }).toEqual({ label: { job: 'Job', instance: 'Instance', slo: 'Objective' }[name], refresh: 2, multi: true, allValue: '.+' });
      const [, asked = '', of = ''] = /^label_values\((.+), (\w+)\)$/.exec((query as { query: string }).query) ?? [];
      expect([of, problemsOf(plainQuery(asked), scrapeJobs())]).toEqual([name, []]);
      expect(labelsOf(selectors(plainQuery(asked))[0]?.metric ?? '')).toContain(name);
    }
  });

  test('a counter is never shown raw', () => {
    const naked = panels(model).flatMap(({ targets = [] }) => targets.map(({ expr }) => (expr as string).replace(/(rate|increase)\([^[]*\[[^\]]*\]\)/g, '')));
    expect(naked.filter((expr) => /_(total|bucket|sum|count)\b/.test(expr))).toEqual([]);
  });
});
