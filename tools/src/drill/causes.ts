import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../stack/running-stack';
import { LiveListener } from '../demo/live-listener';
import { until } from '../stack/until';
import { demoToken } from '../token/demo-token';
import type { Cause } from './cause';
import type { DrillRange } from './drill-range';
import { EXPORT_CAUSES } from './export-causes';
import { LOG_CAUSES } from './log-causes';
import { MONITORING_CAUSES } from './monitoring-causes';

const slow = (delayMs: number): Cause['begin'] => (range) => {
  Object.assign(range.postgresLink, { delayMs });
  return async () => {
    range.postgresLink.open();
    await sleep(0);
  };
};

/** Does something to a table of the API's, under so much more load, until it is undone. */
const toTable = (change: 'loseTable' | 'lockTable') => (intensity = 1): Cause['begin'] => async (range) => {
  range.intensity = intensity;
  const undo = await range[change]();
  return () => {
    range.intensity = 1;
    return undo();
  };
};
const renamed = toTable('loseTable');
const locked = toTable('lockTable');

const CGROUP = '/sys/fs/cgroup';
const hasCgroup = (controller: string): string | undefined => (process.getuid?.() === 0 && existsSync(`${CGROUP}/${controller}/cgroup.procs`) ? undefined : `needs root and the cgroup controller ${controller} (version 1)`);

/** Puts a running application into a narrower cgroup; a restart brings it back into ours. */
const confine = (range: DrillRange, name: AppName, controller: 'memory' | 'cpu', file: string, value: (pid: number) => number): (() => Promise<void>) => {
  const pid = range.stack.apps.get(name)?.pid as number;
  const folder = `${CGROUP}/${controller}/shadower-drill-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${file}`, String(value(pid)));
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
  return async () => {
    await range.stack.restart(name);
    rmdirSync(folder);
  };
};
const residentBytes = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Sends batches that cost nobody but the API anything: each event is refused after it was read. A cgroup, where there is one, keeps the rest of the machine out of it. */
const flood: Cause['begin'] = (range) => {
  const release = hasCgroup('cpu') ? () => Promise.resolve() : confine(range, 'analytics-api', 'cpu', 'cpu.cfs_quota_us', () => 30_000);
  const stop = new AbortController();
  const body = { events: Array.from({ length: 500 }, (_, index) => ({ id: '', type: 'nonsense', time: String(index), data: {} })) };
  const sender = async (): Promise<void> => {
    while (!stop.signal.aborted) await range.api('events', { method: 'POST', body, workspace: 'flood' });
  };
  const senders = Promise.all([sender(), sender()]);
  return async () => {
    stop.abort();
    await release();
    await senders;
  };
};

/** Stops a process for 400 of every 600 ms: its event loop is late, as it is beside a greedy neighbour. */
const starved = (name: AppName): Cause['begin'] => (range) => {
  const app = range.stack.apps.get(name);
  const halt = (): void => {
    app?.kill('SIGSTOP');
    setTimeout(() => app?.kill('SIGCONT'), 400);
  };
  const timer = setInterval(halt, 600);
  return async () => {
    clearInterval(timer);
    await sleep(500);
    app?.kill('SIGCONT');
  };
};

/** Asks about a different time range of days that are over each time: none of the answers is cached. */
const strangeQuestions: Cause['begin'] = (range) => {
  let asked = 0;
  const timer = setInterval(() => {
    const from = Date.UTC(2025, 0) + (asked += 1) * 900_000;
    void range.api(`overview?from=${new Date(from).toISOString()}&to=${new Date(from + 86_400_000).toISOString()}`);
  }, 100);
  return async () => clearInterval(timer);
};

const CLIENTS = 40;
const clientsLeave: Cause['begin'] = async (range) => {
  const token = await demoToken({ workspace: 'acme' });
  const meet = (): LiveListener[] => Array.from({ length: CLIENTS }, () => new LiveListener({ url: range.stack.urls['websocket-gateway'], workspace: 'acme', token, onFrame: () => undefined }));
  for (const client of meet()) clients.add(client);
  await sleep(5_000);
  for (const client of clients) client.close();
  clients.clear();
  return () => {
    for (const client of meet()) clients.add(client);
    return sleep(2_000);
  };
};
const clients = new Set<LiveListener>();

/** Lets go of what causes keep open; called at the end of the drill. */
export function leave(): void {
  for (const client of clients) client.close();
  clients.clear();
}

/** So much shorter, a day is 144 s, and an hour still has six scrapes. */
const DAY_FACTOR = 600;
const DAY_MS = 86_400_000 / DAY_FACTOR;
/** Judged is only a system that has run for a day. */
const dayOfCredits = (range: DrillRange): Promise<unknown> => until(async () => ((await range.query(`analytics:credits_consumed:increase1h offset ${DAY_MS}ms`)).length > 0 ? true : undefined), 2 * DAY_MS, 1_000);

/** One of each kind: a process, the requests, the database. */
export const SHORT_DRILL = ['ServiceDown', 'HighErrorRate', 'SlowDatabaseQueries'];

/** A real cause for each alert. */
export const CAUSES: Record<string, Cause> = {
  ServiceDown: { says: 'the gateway is killed', begin: (range) => (range.stack.apps.get('websocket-gateway')?.kill('SIGKILL'), () => range.stack.restart('websocket-gateway')) },
  HighErrorRate: { says: 'a migration renamed a table that the API reads', begin: renamed() },
  DatabaseConnectionFailures: { says: 'the connections to PostgreSQL are cut', begin: (range) => (range.postgresLink.cut(), async () => range.postgresLink.open()) },
  DatabaseConnectionPoolExhausted: { says: 'a migration holds a table that the API reads, under load', begin: locked(8) },
  SlowDatabaseQueries: { says: 'PostgreSQL answers 700 ms late', begin: slow(700) },
  DatabaseQueryTimeout: { says: 'PostgreSQL answers 3 s late', begin: slow(3_000) },
  HighAPILatencyP95: { says: 'PostgreSQL answers 350 ms late', begin: slow(350) },
  HighAPILatencyP99: { says: 'a migration holds a table that the API reads', begin: locked() },
  BackgroundJobFailures: { says: 'a table of the rollups is gone: jobs use up their attempts', begin: renamed(4) },
  QueueStalled: { says: 'a table of the rollups is gone: work waits while the workers look well', begin: renamed() },
  QueueMetricsMissing: { says: 'the connections to Redis are cut', begin: (range) => (range.redisLink.cut(), async () => range.redisLink.open()) },
  LowCacheHitRate: { says: 'a client asks about a different time range each time', begin: strangeQuestions },
  HighEventLoopLag: { says: 'the API gets a third of the time', begin: starved('analytics-api') },
  HighMemoryUsage: { says: 'the memory limit shrinks to what the worker uses', begin: (range) => confine(range, 'jobs-worker', 'memory', 'memory.limit_in_bytes', (pid) => Math.round(residentBytes(pid) * 1.06)), impossible: () => hasCgroup('memory') },
  HighCPUUsage: { says: 'a client floods the API with events that it must refuse', begin: flood },
  WebSocketConnectionsDropped: { says: `${CLIENTS} live clients leave`, begin: clientsLeave },
  ErrorBudgetBurnFast: { says: 'a migration renamed a table that the API reads', begin: renamed() },
  ErrorBudgetBurnSlow: { says: 'a migration renamed a table that the API reads', begin: renamed(), factor: 100, inhibitedBy: 'ErrorBudgetBurnFast' },
  CreditConsumptionSpike: { says: 'an agent burns 30,000 credits', begin: async (range) => (await range.burn('30000'), async () => undefined), ready: dayOfCredits, factor: DAY_FACTOR },
  ...EXPORT_CAUSES,
  ...MONITORING_CAUSES,
  ...LOG_CAUSES,
};
