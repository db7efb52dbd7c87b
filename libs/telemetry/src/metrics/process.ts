import { collectDefaultMetrics } from 'prom-client';
import { service } from '../config';
import { deliveryOf, DROP_REASONS, SIGNALS } from '../context/delivery';
import { tellHttp } from './http-series';
import { counter, gauge, onScrape, processRegistry } from './instruments';
import { readLimits, type Limits } from './limits';
import { observeOutgoing } from './observe-outgoing';

const LIMITS_FRESH_MS = 60_000;
let limits: { until: number; read: Limits } | undefined;
/** A limit can be changed while the process runs, but to read them is a dozen files. */
function limitsNow(): Limits {
  const now = performance.now();
  if (!limits || now >= limits.until) limits = { until: now + LIMITS_FRESH_MS, read: readLimits() };
  return limits.read;
}

let installed = false;

/** Metrics of the process itself: Node.js, limits, build, and what telemetry dropped. Once a process. */
export function installProcessMetrics(): void {
  if (installed) return;
  installed = true;
  collectDefaultMetrics({ register: processRegistry, eventLoopMonitoringPrecision: 20 });
  gauge('build_info').set({ service: service.name, version: service.version, environment: service.environment, revision: service.revision }, 1);
  onScrape('process_memory_limit_bytes', () => [{ labels: {}, value: limitsNow().memoryBytes }]);
  onScrape('process_cpu_limit_cores', () => [{ labels: {}, value: limitsNow().cpuCores }]);
  observeOutgoing();
}

const told = new Map<string, number>();

/** Brings the metrics up to date that are not written as things happen: HTTP and what telemetry dropped. Called before each scrape. */
export function beforeScrape(): void {
  tellHttp();
  for (const signal of SIGNALS) {
    for (const reason of DROP_REASONS) {
      const now = deliveryOf(signal).dropped[reason] ?? 0;
      const before = told.get(`${signal} ${reason}`) ?? 0;
      if (now > before) counter('telemetry_dropped_total').inc({ signal, reason }, now - before);
      told.set(`${signal} ${reason}`, now);
    }
  }
}
