import type { Registry } from 'prom-client';
import type { LabelValues } from './fold';

interface Exemplar {
  labelSet: { trace_id: string };
  value: number;
  /** Unix time in seconds. */
  timestamp: number;
}

/** The observations of one combination of labels. Plain numbers, because every request comes by here. */
export class BucketSeries {
  count = 0;
  sum = 0;
  readonly buckets: Float64Array;
  readonly exemplars: (Exemplar | undefined)[];

  constructor(
    readonly labels: LabelValues,
    private readonly bounds: readonly number[],
  ) {
    this.buckets = new Float64Array(bounds.length + 1);
    this.exemplars = new Array<Exemplar | undefined>(bounds.length + 1).fill(undefined);
  }

  /** What is no finite number is not counted: it would spoil the sum for ever. */
  observe(value: number, traceId?: string): void {
    if (!Number.isFinite(value)) return;
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++;
    this.buckets[at] = (this.buckets[at] as number) + 1;
    this.count++;
    this.sum += value;
    if (traceId !== undefined) this.exemplars[at] = { labelSet: { trace_id: traceId }, value, timestamp: Date.now() / 1000 };
  }
}

/** A histogram for prom-client's registry. Its own sorts, validates and hashes labels on every observation. */
export class BucketHistogram {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly all = new Map<string, BucketSeries>();

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly labelNames: readonly string[],
    private readonly bounds: readonly number[],
    registry: Registry,
  ) {
    if (labelNames.length === 0) this.series({});
    registry.registerMetric(this as never);
  }

  /** The series of these labels, to be kept by who observes often. */
  series(labels: LabelValues): BucketSeries {
    let key = '';
    for (const name of this.labelNames) key += `${labels[name]}\n`;
    let series = this.all.get(key);
    if (!series) this.all.set(key, (series = new BucketSeries({ ...labels }, this.bounds)));
    return series;
  }

  reset(): void {
    this.all.clear();
  }

  /** What prom-client's registry and `exposition.ts` read. */
  async get(): Promise<object> {
    const values: object[] = [];
    for (const series of this.all.values()) {
      const sharedLabels = series.labels;
      let total = 0;
      for (let at = 0; at <= this.bounds.length; at++) {
        total += series.buckets[at] as number;
        values.push({ metricName: `${this.name}_bucket`, labels: { le: this.bounds[at] ?? '+Inf' }, sharedLabels, value: total, exemplar: series.exemplars[at] });
      }
      values.push({ metricName: `${this.name}_sum`, labels: {}, sharedLabels, value: series.sum }, { metricName: `${this.name}_count`, labels: {}, sharedLabels, value: series.count });
    }
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  getForPromString(): Promise<object> {
    return this.get();
  }
}
