import { setTimeout as sleep } from 'node:timers/promises';
import { residentMb } from '../bench/process-usage';
import { live } from '../demo/demo';
import { LiveListener } from '../demo/live-listener';
import { Tally } from '../demo/tally';
import { ApiClient } from '../replay/api-client';
import { APP_NAMES, type AppName } from '../stack/running-stack';
import { demoToken } from '../token/demo-token';
import type { Stack } from '../stack/stack';
import type { Point } from './slope';

export interface SoakOptions {
  minutes: number;
  /** Events a second at the busiest moment. */
  rate: number;
  onTick?: (line: string) => void;
}

export interface SoakSeries {
  /** Resident memory in MB. */
  memory: Record<AppName, Point[]>;
  /** How long an answer took, in ms: the API's overview of a day, and what the two others say of their readiness. */
  latency: Record<AppName, Point[]>;
  accepted: number;
}

const WORKSPACES = ['demo', 'acme', 'globex'] as const;
/** An application that does not answer for so long ends the run. */
const ANSWER_MS = 30_000;
/** Pictures need no more points, however long it takes. */
const POINTS = 240;

const empty = (): Record<AppName, Point[]> => ({ 'analytics-api': [], 'jobs-worker': [], 'websocket-gateway': [] });

async function look(stack: Stack, hours: number, series: SoakSeries, token: string): Promise<void> {
  for (const name of APP_NAMES) {
    const app = stack.apps.get(name);
    if (!app) throw new Error(`${name} is gone`);
    const began = performance.now();
    const path = name === 'analytics-api' ? `/api/v1/workspaces/${WORKSPACES[0]}/overview` : '/ready';
    await (await fetch(app.url + path, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(ANSWER_MS) })).arrayBuffer();
    series.latency[name].push({ hours, value: performance.now() - began });
    series.memory[name].push({ hours, value: residentMb(app.pid as number) });
  }
}

/** Demo traffic with live listeners on a running stack, and what its processes take meanwhile. */
export async function soak(stack: Stack, { minutes, rate, onTick }: SoakOptions): Promise<SoakSeries> {
  const viewer = await demoToken({ workspace: WORKSPACES[0], role: 'viewer' });
  const abort = new AbortController();
  const { signal } = abort;
  const tally = new Tally(Date.now());
  const clients = new Map<string, ApiClient>();
  const listeners: LiveListener[] = [];
  for (const workspace of WORKSPACES) {
    const token = await demoToken({ workspace });
    clients.set(workspace, new ApiClient({ url: stack.urls['analytics-api'], token, signal, patienceMs: 60_000, onWait: () => undefined }));
    listeners.push(new LiveListener({ url: stack.urls['websocket-gateway'], workspace, token, onFrame: (message) => tally.heard(message) }));
  }
  const series: SoakSeries = { memory: empty(), latency: empty(), accepted: 0 };
  const traffic = live({ clients, seed: 'soak', rate, daySeconds: 300, tally, signal, onTick: () => undefined }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  const [began, endMs] = [performance.now(), minutes * 60_000];
  try {
    for (let at = 0; at < endMs; at = performance.now() - began) {
      await look(stack, at / 3_600_000, series, viewer);
      onTick?.(tally.line(Date.now()));
      await Promise.race([sleep(endMs / POINTS), traffic]);
    }
  } finally {
    abort.abort();
    for (const listener of listeners) listener.close();
    await traffic;
  }
  series.accepted = tally.accepted;
  return series;
}
