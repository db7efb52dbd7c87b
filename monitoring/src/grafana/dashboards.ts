import { DashboardCursorSync, VariableHide, VariableRefresh, VariableSort, type AnnotationQuery, type Dashboard, type DashboardLink, type VariableModel } from '@grafana/schema';
import type { PanelRow } from './panel-row';
import { SERVICE_PANELS } from './service-panels';
import { SLO_PANELS } from './slo-panels';
import { DATASOURCE, toPanel } from './to-panel';

const variable = (name: string, label: string, query: string): VariableModel => ({
  name, label, type: 'query', datasource: DATASOURCE, query: { query, refId: name }, refresh: VariableRefresh.onTimeRangeChanged, sort: VariableSort.alphabeticalAsc,
  multi: true, includeAll: true, allValue: '.+', current: { selected: true, text: ['All'], value: ['$__all'] }, options: [], regex: '', hide: VariableHide.dontHide,
});
const datasource: VariableModel = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: { selected: true, text: 'Prometheus', value: 'prometheus' }, options: [], regex: '', hide: VariableHide.dontHide, refresh: VariableRefresh.onDashboardLoad, includeAll: false, multi: false };

const annotation = (name: string, iconColor: string, expr: string, titleFormat: string): AnnotationQuery & Record<string, unknown> => ({ name, iconColor, enable: true, hide: false, datasource: DATASOURCE, expr, titleFormat, step: '30s', useValueForTime: false });

/** What is drawn over the curves: reasons for their bends. */
export const ANNOTATIONS = [
  annotation('Alerts', 'red', 'ALERTS{alertstate="firing",alertname!="Watchdog"}', '{{alertname}}'),
  annotation('Restarts', 'orange', 'changes(process_start_time_seconds{job=~"analytics-api|jobs-worker|websocket-gateway"}[1m]) > 0', '{{job}} restarted'),
  annotation('Deploys', 'blue', 'count by (service, version, revision) (build_info) unless count by (service, version, revision) (build_info offset 5m)', '{{service}} {{version}} {{revision}}'),
];

const link = (title: string, url: string, icon: string): DashboardLink => ({ title, url, icon, type: 'link', asDropdown: false, includeVars: false, keepTime: false, tags: [], targetBlank: true, tooltip: title });
const explore = (uid: string): string => `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify({ a: { datasource: uid, queries: [{ refId: 'A', datasource: { uid } }], range: { from: 'now-1h', to: 'now' } } }))}`;
const LINKS = [link('Runbooks', 'https://docs.shadower.ai/runbooks', 'doc'), link('Traces (Jaeger)', explore('jaeger'), 'bolt'), link('Logs (Elasticsearch)', explore('elasticsearch'), 'search')];

const dashboard = (uid: string, title: string, description: string, rows: readonly PanelRow[], variables: VariableModel[]): Dashboard => ({
  uid, title, description, id: null, editable: false, schemaVersion: 41, version: 1, tags: ['shadower', 'analytics'], timezone: 'browser', graphTooltip: DashboardCursorSync.Crosshair, refresh: '30s', time: { from: 'now-1h', to: 'now' }, timepicker: {}, fiscalYearStartMonth: 0,
  annotations: { list: ANNOTATIONS }, links: LINKS, templating: { list: [datasource, ...variables] }, panels: rows.map(toPanel),
});

/** The dashboards by the name of their file: the plain model, which can be provisioned and imported alike. */
export const dashboards = (): Record<string, Dashboard> => ({
  'grafana-dashboard.json': dashboard('analytics-service', 'Shadower Analytics', 'Traffic, errors, latency, saturation and business figures of the analytics service.', SERVICE_PANELS, [
    variable('job', 'Job', 'label_values(up{job=~"analytics-api|jobs-worker|websocket-gateway"}, job)'),
    variable('instance', 'Instance', 'label_values(up{job=~"$job"}, instance)'),
  ]),
  'grafana-slo.json': dashboard('analytics-slo', 'Shadower Analytics: SLOs', 'Objectives, error budgets and burn rates.', SLO_PANELS, [variable('slo', 'Objective', 'label_values(slo:objective:ratio, slo)')]),
});

/** The text of a dashboard file. */
export const dashboardText = (model: Dashboard): string => `${JSON.stringify(model, null, 2)}\n`;
