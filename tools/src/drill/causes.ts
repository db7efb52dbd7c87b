import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName } from '../stack/running-stack';
import { LiveListener } from '../demo/live-listener';
import { demoToken } from '../token/demo-token';
import type { DrillRange } from './drill-range';

/** Something that really goes wrong. `begin` returns what sets it right. */
export interface Cause {
  says: string;
  begin(range: DrillRange): Promise<() => Promise<unknown>> | (() => Promise<unknown>);
  /** Why it cannot be brought about on this machine. */
  impossible?: () => string | undefined;
}

const slow = (delayMs: number, intensity = 1): Cause['begin'] => (range) => {
  Object.assign(range.postgresProxy, { delayMs });
  range.intensity = intensity;
  return async () => {
    range.intensity = 1;
    range.postgresProxy.mend();
    await sleep(0);
  };
};

const renamed: Cause['begin'] = async (range) => {
  await range.sql('ALTER TABLE rollup_15m RENAME TO rollup_15m_away');
  return () => range.sql('ALTER TABLE rollup_15m_away RENAME TO rollup_15m');
};

const CGROUP = '/sys/fs/cgroup';
const hasCgroup = (controller: string): string | undefined => (process.getuid?.() === 0 && existsSync(`${CGROUP}/${controller}/cgroup.procs`) ? undefined : `needs root and the cgroup controller ${controller} (version 1)`);

/** Puts a running application into a narrower cgroup; a restart brings it back into ours. */
const confined = (name: AppName, controller: 'memory' | 'cpu', file: string, value: (pid: number) => number, intensity = 1): Cause['begin'] => (range) => {
  const pid = range.stack.apps.get(name)?.pid as number;
  const folder = `${CGROUP}/${controller}/shadower-drill-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${file}`, String(value(pid)));
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
  range.intensity = intensity;
  return async () => {
    range.intensity = 1;
    await range.stack.restart(name);
    rmdirSync(folder);
  };
};
const residentBytes = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

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

/**
 * A real cause for each alert. BackgroundJobFailures has none here: rollups are tried again until they succeed, and the other jobs run
 * once a minute, which no shorter window can bring to the ten that the alert wants.
 */
export const CAUSES: Record<string, Cause> = {
  ServiceDown: { says: 'the gateway is killed', begin: (range) => (range.stack.apps.get('websocket-gateway')?.kill('SIGKILL'), () => range.stack.restart('websocket-gateway')) },
  HighErrorRate: { says: 'a migration renamed a table that the API reads', begin: renamed },
  DatabaseConnectionFailures: { says: 'the connections to PostgreSQL are cut', begin: (range) => (range.postgresProxy.break(), async () => range.postgresProxy.mend()) },
  DatabaseConnectionPoolExhausted: { says: 'PostgreSQL answers 1 s late under load: the pool is held', begin: slow(1_000, 8) },
  SlowDatabaseQueries: { says: 'PostgreSQL answers 700 ms late', begin: slow(700) },
  DatabaseQueryTimeout: { says: 'PostgreSQL answers 3 s late', begin: slow(3_000) },
  HighAPILatencyP95: { says: 'PostgreSQL answers 350 ms late', begin: slow(350) },
  HighAPILatencyP99: { says: 'PostgreSQL answers 1.2 s late', begin: slow(1_200) },
  QueueStalled: { says: 'a table of the rollups is gone: work waits while the workers look well', begin: renamed },
  HighEventLoopLag: { says: 'the API gets a third of the time', begin: starved('analytics-api') },
  HighMemoryUsage: { says: 'the memory limit shrinks to what the worker uses', begin: confined('jobs-worker', 'memory', 'memory.limit_in_bytes', (pid) => Math.round(residentBytes(pid) * 1.06)), impossible: () => hasCgroup('memory') },
  HighCPUUsage: { says: 'the API gets 15 % of a processor under load', begin: confined('analytics-api', 'cpu', 'cpu.cfs_quota_us', () => 15_000, 8), impossible: () => hasCgroup('cpu') },
  WebSocketConnectionsDropped: { says: `${CLIENTS} live clients leave`, begin: clientsLeave },
  ErrorBudgetBurnFast: { says: 'a migration renamed a table that the API reads', begin: renamed },
  CreditConsumptionSpike: { says: 'an agent burns 30,000 credits', begin: async (range) => (await range.burn('30000'), async () => undefined) },
};
