import { trace, TraceFlags } from '@opentelemetry/api';
import { Counter, Gauge, register, Registry } from 'prom-client';
import { BucketHistogram, type BucketSeries } from './bucket-histogram';
import { CATALOG, type Catalog, type ClusterGaugeName, type CounterName, type GaugeName, type HistogramName, type Metric, type ProcessGaugeName } from './catalog';
import { LabelGuard, type LabelValues } from './label-guard';
import type { LabelsOf } from './label';

/** The one registry of this process; facts about the whole system stand apart. */
export const processRegistry = register;
export const clusterRegistry = new Registry();

type Labels<N extends keyof Catalog> = LabelsOf<Catalog[N]['labels']>;
type Kind = { counter: Counter; gauge: Gauge; histogram: BucketHistogram };
interface Instrument<T extends Metric['type']> {
  metric: Kind[T];
  guard: LabelGuard;
}

function make(name: string, row: Metric): Instrument<Metric['type']> {
  const guard = new LabelGuard(row.labels);
  const shape = { name, help: row.help, labelNames: Object.keys(row.labels), registers: [row.scope === 'cluster' ? clusterRegistry : processRegistry] };
  if (row.type === 'gauge') return { metric: new Gauge(shape), guard };
  if (row.type === 'histogram') return { metric: new BucketHistogram(name, row.help, shape.labelNames, row.buckets ?? [], processRegistry), guard };
  const metric = new Counter(shape);
  for (const labels of guard.combinations()) if (Object.keys(labels).length > 0) metric.inc(labels, 0);
  return { metric, guard };
}

const instruments = Object.fromEntries(Object.entries(CATALOG).map(([name, row]) => [name, make(name, row)])) as Record<keyof Catalog, Instrument<never>>;
const find = <T extends Metric['type']>(name: keyof Catalog): Instrument<T> => instruments[name] as unknown as Instrument<T>;

/** A counter of the catalog: `counter('http_requests_total').inc({ method, endpoint, status })`. */
export function counter<N extends CounterName>(name: N) {
  const { metric, guard } = find<'counter'>(name);
  return { inc: (labels: Labels<N>, by = 1): void => void metric.inc(guard.fold(labels), by) };
}

/** A gauge of the catalog. */
export function gauge<N extends GaugeName>(name: N) {
  const { metric, guard } = find<'gauge'>(name);
  return {
    set: (labels: Labels<N>, value: number): void => metric.set(guard.fold(labels), value),
    inc: (labels: Labels<N>, by = 1): void => metric.inc(guard.fold(labels), by),
    dec: (labels: Labels<N>, by = 1): void => metric.dec(guard.fold(labels), by),
  };
}

/** Links an observation to its trace, when somebody will find the trace. */
function sampledTrace(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
}

/** A histogram of the catalog; the value is in the unit of its name, and stands for `times` observations. */
export function histogram<N extends HistogramName>(name: N) {
  const { metric, guard } = find<'histogram'>(name);
  return { observe: (labels: Labels<N>, value: number, times = 1): void => metric.series(guard.fold(labels)).observe(value, sampledTrace(), times) };
}

/** The series of one route and status class, for who observes at every request. */
export function durationSeries(labels: Labels<'http_request_duration_seconds'>): BucketSeries {
  const { metric, guard } = find<'histogram'>('http_request_duration_seconds');
  return metric.series(guard.fold(labels));
}

/** Runs `fn`, sync or async, and observes how long it took in seconds, also when it fails. */
export function time<N extends HistogramName, T>(name: N, labels: Labels<N>, fn: () => T): T {
  const started = performance.now();
  const done = () => histogram(name).observe(labels, (performance.now() - started) / 1000);
  let pending = false;
  try {
    const result = fn();
    if (!(result instanceof Promise)) return result;
    pending = true;
    return result.finally(done) as T;
  } finally {
    if (!pending) done();
  }
}

export interface Sample<N extends keyof Catalog> {
  labels: Labels<N>;
  value: number;
}
type Collect<N extends keyof Catalog> = () => readonly Sample<N>[] | Promise<readonly Sample<N>[]>;

/** Sets a gauge of this process afresh at each scrape, so that vanished children vanish. */
export function onScrape<N extends ProcessGaugeName>(name: N, collect: Collect<N>): void {
  const { metric, guard } = find<'gauge'>(name);
  Object.assign(metric, {
    collect: async () => {
      const samples = await collect();
      metric.reset();
      for (const { labels, value } of samples) metric.set(guard.fold(labels), value);
    },
  });
}

type ClusterCollector = { name: ClusterGaugeName; metric: Gauge; labels: Record<string, { kind: string; max?: number }>; collect: () => Promise<readonly { labels: LabelValues; value: number }[]> };
export const clusterCollectors = new Map<ClusterGaugeName, ClusterCollector>();

/** Registers how a fact about the whole system is found; called at most every 5 s, and only by the replica that is asked. */
export function onClusterScrape<N extends ClusterGaugeName>(name: N, collect: Collect<N>): void {
  const { metric } = find<'gauge'>(name);
  clusterCollectors.set(name, { name, metric, labels: CATALOG[name].labels as ClusterCollector['labels'], collect: async () => collect() as Promise<readonly { labels: LabelValues; value: number }[]> });
}
