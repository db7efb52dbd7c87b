import { JOB_TYPES, QUEUES } from '@shadower/domain';
import { CATALOG, PROCESS_METRICS, SERIES_BUDGET, type Catalog, type Metric } from '@shadower/telemetry';
import { APP_NAMES } from '../stack/running-stack';
import { until } from '../stack/until';
import { scrape, type Series } from '../testing/scrape';
import { Movers, type MoverName } from './movers';

type Row = [metric: keyof Catalog, by: MoverName, where?: Record<string, string>];

/** What moves each metric, in this order: nothing works as before once the table is locked. */
const MOVED_BY: Row[] = [
  ['build_info', 'start'],
  ['process_memory_limit_bytes', 'start'],
  ['process_cpu_limit_cores', 'start'],
  ['database_connections', 'start', { state: 'max' }],
  ['websocket_connections_active', 'subscriber'],
  ['websocket_connections_total', 'subscriber', { result: 'opened' }],
  ['websocket_messages_total', 'subscriber', { direction: 'in', message_type: 'sub' }],
  ['cache_operations_total', 'subscriber', { operation: 'set', result: 'success' }],
  ['cache_operations_total', 'query', { operation: 'get', result: 'hit' }],
  ['cache_operations_total', 'query', { operation: 'get', result: 'miss' }],
  ['cache_operation_duration_seconds', 'subscriber'],
  ['websocket_connections_total', 'forgedTicket', { result: 'refused' }],
  ['http_requests_total', 'events', { method: 'POST', status: '200' }],
  ['http_request_duration_seconds', 'events'],
  ['analytics_events_ingested_total', 'events', { result: 'accepted' }],
  ['analytics_events_ingested_total', 'events', { result: 'duplicate' }],
  ['analytics_events_ingested_total', 'events', { result: 'rejected' }],
  ['analytics_credits_consumed_total', 'events', { workspace_id: 'demo' }],
  ['database_query_duration_seconds', 'events', { operation: 'insert' }],
  ['background_jobs_total', 'events', { queue: 'rollup', status: 'completed' }],
  ['background_job_duration_seconds', 'events', { queue: 'rollup' }],
  ['rollup_delay_seconds', 'events'],
  ['live_delivery_seconds', 'events'],
  ['analytics_active_users', 'events', { workspace_id: 'demo', window: '1d' }],
  ['cache_size_bytes', 'events'],
  ['cache_items_total', 'events'],
  ['rate_limit_decisions_total', 'events', { result: 'allowed' }],
  ['analytics_queries_total', 'query', { status: 'success' }],
  ['analytics_query_duration_seconds', 'query'],
  ['http_requests_in_progress', 'unfinishedRequest', { method: 'POST' }],
  ['external_request_duration_seconds', 'healthDetails', { target: 'main_app', status_class: '2xx' }],
  ['telemetry_dropped_total', 'query', { signal: 'traces' }],
  ['exports_total', 'export', { format: 'csv', status: 'completed' }],
  ['export_duration_seconds', 'export'],
  ['background_job_oldest_age_seconds', 'lockedTable', { queue: 'rollup', state: 'active' }],
  ['background_jobs_waiting', 'lockedTable', { queue: 'rollup', state: 'active' }],
  ['database_errors_total', 'lockedTable', { error_type: 'timeout' }],
  ['analytics_queries_total', 'lockedTable', { status: 'error' }],
];

let starting: Promise<Movers>;
let movers: Movers;

beforeAll(async () => {
  starting = Movers.start();
  movers = await starting;
}, 120_000);
// Also after a start that took too long: what it started must end.
afterAll(() => starting.then((started) => started.stop(), () => undefined), 120_000);

/** Facts about the whole system are scraped from one worker, so it must know every one of them. */
async function series(scope: Metric['scope']): Promise<Series[]> {
  if (scope === 'cluster') return scrape(`${movers.apps.urls['jobs-worker']}/metrics/cluster`);
  return (await Promise.all(APP_NAMES.map((name) => scrape(`${movers.apps.urls[name]}/metrics`)))).flat();
}

/** All that matching series of all apps have counted; of a histogram, the number of its observations. */
async function total(metric: keyof Catalog, where: Record<string, string> = {}): Promise<number> {
  const row: Metric = CATALOG[metric];
  const shown = row.type === 'histogram' ? `${metric}_count` : metric;
  const matching = (await series(row.scope)).filter(({ name, labels }) => name === shown && Object.entries(where).every(([label, value]) => labels[label] === value));
  return matching.reduce((sum, { value }) => sum + value, 0);
}

describe('every metric of the catalog', () => {
  it('has a row that says what moves it', () => {
    expect([...new Set(MOVED_BY.map(([metric]) => metric))].sort()).toEqual(Object.keys(CATALOG).sort());
  });

  it.each(MOVED_BY.map(([metric, by, where = {}]) => [metric, by, where] as const))('%s is moved by %s %j', async (metric, by, where) => {
    await movers.move(by);
    expect(await until(async () => ((await total(metric, where)) > 0 ? true : undefined), 20_000, 200)).toBe(true);
  }, 60_000);
});

describe.each(APP_NAMES)('every series of %s', (name) => {
  let shown: Series[];
  beforeAll(async () => {
    shown = (await Promise.all(['/metrics', '/metrics/cluster'].map((path) => scrape(`${movers.apps.urls[name]}${path}`)))).flat();
  });

  it('is of a catalogued metric or of a process metric', () => {
    const known = new Set<string>([...Object.keys(CATALOG), ...PROCESS_METRICS]);
    expect([...new Set(shown.map(({ family }) => family))].filter((family) => !known.has(family))).toEqual([]);
  });

  it('has the labels of the catalog, with values that it allows', () => {
    const wrong = shown.filter(({ name: line, family, labels }) => {
      const row = CATALOG[family as keyof Catalog] as Metric | undefined;
      if (!row) return false;
      const { le, ...own } = labels;
      const allowed = Object.entries(row.labels).every(([label, rule]) => own[label] === rule.overflow || (own[label] !== undefined && (rule.kind === 'limited' || rule.values.includes(own[label]))));
      return !allowed || Object.keys(own).length !== Object.keys(row.labels).length || (le !== undefined) !== line.endsWith('_bucket');
    });
    expect(wrong).toEqual([]);
  });

  it('counts each job that there may be from 0 on', () => {
    const types = (queue: string) => [...new Set(shown.filter(({ name: line, labels }) => line === 'background_jobs_total' && labels['queue'] === queue && labels['status'] === 'failed').map(({ labels }) => labels['job_type']))].sort();
    for (const queue of QUEUES) expect(types(queue)).toEqual(name === 'jobs-worker' ? [...JOB_TYPES[queue]].sort() : []);
  });

  it('has a place in the budget', () => {
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.length).toBeLessThan(SERIES_BUDGET / 4);
  });
});
