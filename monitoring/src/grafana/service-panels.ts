import type { PanelRow } from './panel-row';

const JOB = 'job=~"$job"';
const INSTANCE = 'job=~"$job",instance=~"$instance"';
const TRAFFIC = `${INSTANCE},endpoint!~"/health.*|/live|/ready|/metrics.*|/api/v1/metrics"`;

/** They take as long as their readers. */
const NO_DOWNLOADS = 'endpoint!="/api/v1/workspaces/:wid/exports/:id/download"';

/** The 17 panels of the service dashboard. Numbers are ids: alerts link to them. */
export const SERVICE_PANELS: readonly PanelRow[] = [
  {
    id: 1, title: 'Request Rate', kind: 'timeseries', unit: 'reqps',
    description: 'Requests per second by method, probes and scrapes left out.',
    queries: [{ expr: `sum by (method) (rate(http_requests_total{${TRAFFIC}}[$__rate_interval]))`, legend: '{{method}}' }],
  },
  {
    id: 2, title: 'Error Rate', kind: 'timeseries', unit: 'percentunit',
    description: 'Share of requests that were answered 5xx.',
    queries: [{ expr: `job:http_requests_errors:ratio_rate5m{${JOB}}`, legend: '{{job}}' }],
    mirrors: [{ alert: 'HighErrorRate', record: 'job:http_requests_errors:ratio_rate5m' }],
  },
  {
    id: 3, title: 'P95/P99 Latency', kind: 'timeseries', unit: 's',
    description: 'Request duration that 95 and 99 of 100 requests stay under, downloads of exports left out. The dots are single requests; each opens its trace.',
    queries: [
      { expr: `job:http_request_duration_seconds:p95_rate5m{${JOB}}`, legend: 'P95 {{job}}' },
      { expr: `job:http_request_duration_seconds:p99_rate5m{${JOB}}`, legend: 'P99 {{job}}' },
      { expr: `histogram_quantile(0.95, sum by (job, le) (rate(http_request_duration_seconds_bucket{${TRAFFIC},${NO_DOWNLOADS}}[$__rate_interval])))`, legend: 'P95 {{job}}, unsmoothed', exemplars: true },
    ],
    mirrors: [
      { alert: 'HighAPILatencyP95', record: 'job:http_request_duration_seconds:p95_rate5m' },
      { alert: 'HighAPILatencyP99', record: 'job:http_request_duration_seconds:p99_rate5m' },
    ],
  },
  {
    id: 4, title: 'Active Users', kind: 'timeseries', unit: 'short',
    description: 'Distinct users of the last day, week and month, summed over workspaces.',
    queries: [{ expr: 'sum by (window) (max by (workspace_id, window) (analytics_active_users))', legend: '{{window}}' }],
  },
  {
    id: 5, title: 'Credits Consumed', kind: 'timeseries', unit: 'short',
    description: 'Credits of the last hour, beside the mean hour of the last 7 days. The alert also wants 3 times that mean.',
    queries: [
      { expr: 'analytics:credits_consumed:increase1h', legend: 'last hour' },
      { expr: 'analytics:credits_consumed:mean_increase1h_7d', legend: 'mean hour of 7 days' },
    ],
    mirrors: [{ alert: 'CreditConsumptionSpike', record: 'analytics:credits_consumed:increase1h' }],
  },
  {
    id: 6, title: 'Database Connections', kind: 'timeseries', unit: 'short',
    description: 'Connections of the pools by state, the smallest number of connections that any process has left, and errors of connections per second (right).',
    queries: [
      { expr: `sum by (state) (database_connections{${INSTANCE}})`, legend: '{{state}}' },
      { expr: `min(job_instance:database_connections:available{${INSTANCE}})`, legend: 'left, worst process' },
      { expr: `job:database_connection_errors:rate5m{${JOB}}`, legend: 'errors of {{job}} per second', unit: 'eps' },
    ],
    mirrors: [{ alert: 'DatabaseConnectionPoolExhausted', record: 'job_instance:database_connections:available' }, { alert: 'DatabaseConnectionFailures', record: 'job:database_connection_errors:rate5m' }],
  },
  {
    id: 7, title: 'Cache Hit Rate', kind: 'timeseries', unit: 'percentunit', max: 1,
    description: 'Share of cache reads that found something.',
    queries: [{ expr: `job:cache_hits:ratio_rate5m{${JOB}}`, legend: '{{job}}' }],
    mirrors: [{ alert: 'LowCacheHitRate', record: 'job:cache_hits:ratio_rate5m' }],
  },
  {
    id: 8, title: 'Background Jobs', kind: 'timeseries', unit: 'percentunit',
    description: 'Share of finished jobs that failed for good, by type; on the right runs per second by outcome, and for how long the oldest job of each queue has waited although it should not.',
    queries: [
      { expr: 'job_type:background_jobs_failed:ratio_increase15m', legend: '{{job_type}} failed' },
      { expr: 'sum by (status) (rate(background_jobs_total[$__rate_interval]))', legend: '{{status}} per second', unit: 'ops' },
      { expr: 'queue:background_job_overdue_seconds:max', legend: 'oldest of {{queue}}', unit: 's' },
    ],
    mirrors: [{ alert: 'BackgroundJobFailures', record: 'job_type:background_jobs_failed:ratio_increase15m' }, { alert: 'QueueStalled', record: 'queue:background_job_overdue_seconds:max' }, { alert: 'QueueMetricsMissing' }],
  },
  {
    id: 9, title: 'Request Distribution', kind: 'bargauge', unit: 'reqps',
    description: 'The 10 busiest routes.',
    queries: [{ expr: `topk(10, sum by (endpoint) (rate(http_requests_total{${TRAFFIC}}[$__rate_interval])))`, legend: '{{endpoint}}' }],
  },
  {
    id: 10, title: 'WebSocket Connections', kind: 'timeseries', unit: 'short',
    description: 'Open live connections, and half of the most that there were within an hour: below that line the alert fires.',
    queries: [
      { expr: 'job:websocket_connections_active:sum', legend: 'open' },
      { expr: '0.5 * job:websocket_connections_active:max1h', legend: 'half of the last hour' },
    ],
    mirrors: [{ alert: 'WebSocketConnectionsDropped', record: 'job:websocket_connections_active:sum', unbounded: true }],
  },
  {
    id: 11, title: 'Database Query Performance', kind: 'timeseries', unit: 's',
    description: 'Duration of statements that 95 and 99 of 100 stay under, by kind. The dots are single statements; each opens its trace.',
    queries: [
      { expr: `job_operation:database_query_duration_seconds:p95_rate5m{${JOB}}`, legend: 'P95 {{operation}} {{job}}' },
      { expr: `job_operation:database_query_duration_seconds:p99_rate5m{${JOB}}`, legend: 'P99 {{operation}} {{job}}' },
      { expr: `histogram_quantile(0.95, sum by (le) (rate(database_query_duration_seconds_bucket{${INSTANCE}}[$__rate_interval])))`, legend: 'P95 of all, unsmoothed', exemplars: true },
    ],
    mirrors: [
      { alert: 'SlowDatabaseQueries', record: 'job_operation:database_query_duration_seconds:p95_rate5m' },
      { alert: 'DatabaseQueryTimeout', record: 'job_operation:database_query_duration_seconds:p99_rate5m' },
    ],
  },
  {
    id: 12, title: 'Export Performance', kind: 'timeseries', unit: 'percentunit',
    description: 'Share of exports that failed, by format, and exports per minute by outcome (right).',
    queries: [
      { expr: 'format:exports_failed:ratio_increase15m', legend: '{{format}} failed' },
      { expr: 'sum by (status) (rate(exports_total[$__rate_interval])) * 60', legend: '{{status}} per minute', unit: 'opm' },
    ],
    mirrors: [{ alert: 'ExportFailures', record: 'format:exports_failed:ratio_increase15m' }],
  },
  {
    id: 13, title: 'System Resources: Memory', kind: 'timeseries', unit: 'percentunit',
    description: 'Resident memory of each process as a share of its limit.',
    queries: [{ expr: `job_instance:process_memory:ratio{${INSTANCE}}`, legend: '{{job}} {{instance}}' }],
    mirrors: [{ alert: 'HighMemoryUsage', record: 'job_instance:process_memory:ratio' }],
  },
  {
    id: 14, title: 'System Resources: CPU', kind: 'timeseries', unit: 'percentunit',
    description: 'CPU time of each process as a share of its limit, and the lag of its event loop at P99 (right).',
    queries: [
      { expr: `job_instance:process_cpu:ratio_rate5m{${INSTANCE}}`, legend: '{{job}} {{instance}}' },
      { expr: `job_instance:nodejs_eventloop_lag_seconds:p99{${INSTANCE}}`, legend: 'lag of {{job}} {{instance}}', unit: 's' },
    ],
    mirrors: [{ alert: 'HighCPUUsage', record: 'job_instance:process_cpu:ratio_rate5m' }, { alert: 'HighEventLoopLag', record: 'job_instance:nodejs_eventloop_lag_seconds:p99' }],
  },
  {
    id: 15, title: 'Alert Status', kind: 'stat', unit: 'short', red: 1,
    description: 'Alerts that fire right now; the Watchdog, which always does, is left out.',
    queries: [{ expr: 'sum(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)', legend: 'firing' }],
    mirrors: ['Watchdog', 'PrometheusRuleFailures', 'PrometheusNotificationFailures', 'AlertmanagerNotificationFailures', 'SampleLimitExceeded', 'ScrapeTargetDown', 'TelemetryExportFailing', 'FluentdBufferFilling', 'FluentdOutputRetrying', 'LogsThrottled'].map((alert) => ({ alert })),
  },
  {
    id: 16, title: 'Request Rate (Current)', kind: 'stat', unit: 'reqps',
    description: 'Requests per second of the last 5 minutes, by service (the worker serves none), and how many instances of each service answer.',
    queries: [
      { expr: `job:http_requests:rate5m{${JOB}}`, legend: '{{job}}' },
      { expr: `job:up:sum{${JOB}}`, legend: '{{job}}, instances', unit: 'short' },
    ],
    mirrors: [{ alert: 'ServiceDown', record: 'job:up:sum', unbounded: true }],
  },
  {
    id: 17, title: 'Average Response Time', kind: 'stat', unit: 's',
    description: 'Mean request duration of the last 5 minutes, by service, downloads left out. A mean hides the slow tail: see panel 3.',
    queries: [{ expr: `job:http_request_duration_seconds:mean_rate5m{${JOB}}`, legend: '{{job}}' }],
  },
];
