import { env } from '../config';
import { DROP_REASONS, SIGNALS } from '../context/delivery';
import { folded, limited, oneOf, type Label } from './label';

/** One row of the table that code, docs, alert rules, dashboards and tests derive from. */
export interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  /** Unit of the value, in the singular. */
  unit: string;
  labels: Record<string, Label>;
  /** Upper bounds, in `unit`; histograms only. */
  buckets?: readonly number[];
  /** `cluster`: a fact about the whole system, served at /metrics/cluster by whichever replica answers. */
  scope?: 'cluster';
}

const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];
const QUERY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const CACHE_BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const JOB_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const DELAY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];

const METHODS = folded(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const ENDPOINT = limited(200);
const STATUS_CLASS = oneOf('1xx', '2xx', '3xx', '4xx', '5xx');
const WORKSPACE = limited(env.METRICS_WORKSPACES);
const QUEUE = limited(10);
const JOB_TYPE = limited(30);
const OUTCOME = oneOf('success', 'error');
const CACHE_OPERATION = folded(['get', 'set', 'delete', 'publish', 'read', 'script']);
const CLOSE_REASONS = ['none', 'normal', 'gone', 'drain', 'too_big', 'overload', 'protocol', 'token', 'forbidden', 'heartbeat', 'slow_consumer', 'flood', 'origin', 'error', 'other'] as const;

export const CATALOG = {
  http_requests_total: { type: 'counter', help: 'Requests answered, by route template and status code (499: the client left first; 500 or 503 also when an answer broke off here).', unit: 'request', labels: { method: METHODS, endpoint: ENDPOINT, status: limited(70) } },
  http_request_duration_seconds: { type: 'histogram', help: 'Time from the first byte of a request to the last of its answer.', unit: 'second', labels: { method: METHODS, endpoint: ENDPOINT, status_class: STATUS_CLASS }, buckets: HTTP_BUCKETS },
  http_requests_in_progress: { type: 'gauge', help: 'Requests being answered right now.', unit: 'request', labels: { method: METHODS, endpoint: ENDPOINT } },
  rate_limit_decisions_total: { type: 'counter', help: 'Decisions of the rate limiter; fallback_* were made by the local bucket while Redis was away.', unit: 'decision', labels: { result: oneOf('allowed', 'refused', 'fallback_allowed', 'fallback_refused') } },
  analytics_active_users: { type: 'gauge', help: 'Distinct users seen in the window.', unit: 'user', labels: { workspace_id: WORKSPACE, window: oneOf('1d', '7d', '30d') }, scope: 'cluster' },
  analytics_credits_consumed_total: { type: 'counter', help: 'Credits consumed by accepted events.', unit: 'credit', labels: { workspace_id: WORKSPACE } },
  analytics_queries_total: { type: 'counter', help: 'Analytics queries answered.', unit: 'query', labels: { query_type: limited(30), status: OUTCOME } },
  analytics_query_duration_seconds: { type: 'histogram', help: 'Time to answer an analytics query.', unit: 'second', labels: { query_type: limited(30) }, buckets: QUERY_BUCKETS },
  analytics_events_ingested_total: { type: 'counter', help: 'Events received, by what became of them.', unit: 'event', labels: { result: oneOf('accepted', 'duplicate', 'rejected') } },
  database_connections: { type: 'gauge', help: 'Connections of this process to PostgreSQL; waiting counts callers without one.', unit: 'connection', labels: { state: oneOf('active', 'idle', 'waiting', 'total', 'max') } },
  database_query_duration_seconds: { type: 'histogram', help: 'Time of a statement as the caller sees it.', unit: 'second', labels: { operation: folded(['select', 'insert', 'update', 'delete', 'transaction', 'ddl']) }, buckets: QUERY_BUCKETS },
  database_errors_total: { type: 'counter', help: 'Failed statements and connections, by class of SQLSTATE.', unit: 'error', labels: { error_type: oneOf('connection', 'timeout', 'constraint', 'serialization', 'resources', 'permission', 'syntax', 'data', 'other') } },
  cache_operations_total: { type: 'counter', help: 'Operations on Redis; a get is a hit or a miss.', unit: 'operation', labels: { operation: CACHE_OPERATION, result: oneOf('hit', 'miss', 'success', 'error') } },
  cache_operation_duration_seconds: { type: 'histogram', help: 'Time of an operation on Redis as the caller sees it.', unit: 'second', labels: { operation: CACHE_OPERATION }, buckets: CACHE_BUCKETS },
  cache_size_bytes: { type: 'gauge', help: 'Memory that Redis uses.', unit: 'byte', labels: {}, scope: 'cluster' },
  cache_items_total: { type: 'gauge', help: 'Keys that Redis holds.', unit: 'key', labels: {}, scope: 'cluster' },
  background_jobs_total: { type: 'counter', help: 'Runs of jobs; failed means that no attempt is left.', unit: 'run', labels: { queue: QUEUE, job_type: JOB_TYPE, status: oneOf('completed', 'failed', 'retried') } },
  background_job_duration_seconds: { type: 'histogram', help: 'Time of one run of a job.', unit: 'second', labels: { queue: QUEUE, job_type: JOB_TYPE }, buckets: JOB_BUCKETS },
  background_jobs_waiting: { type: 'gauge', help: 'Jobs in the queue, by state.', unit: 'job', labels: { queue: QUEUE, state: oneOf('waiting', 'active', 'delayed', 'failed') }, scope: 'cluster' },
  background_job_oldest_age_seconds: { type: 'gauge', help: 'Age of the oldest job, by state.', unit: 'second', labels: { queue: QUEUE, state: oneOf('waiting', 'active') }, scope: 'cluster' },
  rollup_delay_seconds: { type: 'histogram', help: 'Time from the acceptance of an event to the commit of the rollup that holds it.', unit: 'second', labels: {}, buckets: DELAY_BUCKETS },
  exports_total: { type: 'counter', help: 'Exports ended.', unit: 'export', labels: { format: folded(['csv', 'ndjson']), status: oneOf('completed', 'failed') } },
  export_duration_seconds: { type: 'histogram', help: 'Time of an export.', unit: 'second', labels: { format: folded(['csv', 'ndjson']), status: oneOf('completed', 'failed') }, buckets: JOB_BUCKETS },
  websocket_connections_active: { type: 'gauge', help: 'Open connections of this process.', unit: 'connection', labels: {} },
  websocket_connections_total: { type: 'counter', help: 'Connections opened, refused and closed, with the reason.', unit: 'connection', labels: { result: oneOf('opened', 'refused', 'closed'), reason: oneOf(...CLOSE_REASONS) } },
  websocket_messages_total: { type: 'counter', help: 'Messages by direction and type; an unknown type of a client is `unknown`.', unit: 'message', labels: { direction: oneOf('in', 'out'), message_type: folded(['hello', 'sub', 'sub.ok', 'unsub', 'ev', 'gap', 'ping', 'pong', 'bye', 'err'], 'unknown') } },
  live_delivery_seconds: { type: 'histogram', help: 'Time from the publication of a change to its frame on a socket.', unit: 'second', labels: {}, buckets: DELAY_BUCKETS },
  external_request_duration_seconds: { type: 'histogram', help: 'Time of an outgoing HTTP request; error means that no answer came.', unit: 'second', labels: { target: folded(['main_app']), status_class: oneOf('2xx', '3xx', '4xx', '5xx', 'error') }, buckets: HTTP_BUCKETS },
  telemetry_dropped_total: { type: 'counter', help: 'Lines, spans, events and label values that telemetry itself had to drop.', unit: 'item', labels: { signal: oneOf(...SIGNALS), reason: oneOf(...DROP_REASONS) } },
  process_memory_limit_bytes: { type: 'gauge', help: 'Memory that this process may use: the least of its cgroup limits, else that of the machine.', unit: 'byte', labels: {} },
  process_cpu_limit_cores: { type: 'gauge', help: 'Processors that this process may use: the least of its cgroup quotas, else those of the machine.', unit: 'core', labels: {} },
  build_info: { type: 'gauge', help: 'Always 1; says what runs.', unit: 'info', labels: { service: limited(1), version: limited(1), environment: limited(1), revision: limited(1) } },
} as const satisfies Record<string, Metric>;

/** What prom-client tells of the process itself, besides `process_*_limit_*`. Linux has all of them. */
export const PROCESS_METRICS = [
  ...['user_seconds_total', 'system_seconds_total', 'seconds_total'].map((end) => `process_cpu_${end}`),
  ...['start_time_seconds', 'resident_memory_bytes', 'virtual_memory_bytes', 'heap_bytes', 'open_fds', 'max_fds'].map((end) => `process_${end}`),
  ...['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map((part) => `nodejs_eventloop_lag${part}_seconds`),
  ...['resources', 'handles', 'requests'].flatMap((what) => [`nodejs_active_${what}`, `nodejs_active_${what}_total`]),
  ...['size_total', 'size_used', 'space_size_total', 'space_size_used', 'space_size_available'].map((part) => `nodejs_heap_${part}_bytes`),
  ...['nodejs_external_memory_bytes', 'nodejs_version_info', 'nodejs_gc_duration_seconds'],
];

/** How many series one process may show. What callers send makes none; routes, workspaces (METRICS_WORKSPACES) and queues do, up to their limits. */
export const SERIES_BUDGET = 5_000;

export type Catalog = typeof CATALOG;
type NamesOf<T extends Metric['type']> = { [K in keyof Catalog]: Catalog[K]['type'] extends T ? K : never }[keyof Catalog];
export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;
export type ClusterGaugeName = { [K in GaugeName]: Catalog[K] extends { scope: 'cluster' } ? K : never }[GaugeName];
export type ProcessGaugeName = Exclude<GaugeName, ClusterGaugeName>;
