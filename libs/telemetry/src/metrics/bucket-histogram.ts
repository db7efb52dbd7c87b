import type { Registry } from 'prom-client';
import { labelText, numberText } from './exposition';
import type { LabelValues } from './label-guard';
import type { ScrapeView } from './scrape-view';

interface Exemplar {
  labelSet: { trace_id: string };
  value: number;
  /** Unix time in seconds. */
  timestamp: number;
}

const exemplarText = (exemplar: Exemplar | undefined): string => (exemplar ? ` # ${labelText(exemplar.labelSet)} ${exemplar.value} ${exemplar.timestamp}` : '');

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

  /** What is no finite number is not counted: it would spoil the sum for ever. `times` is how many observations of this value there were. */
  observe(value: number, traceId?: string, times = 1): void {
    if (!Number.isFinite(value) || times < 1) return;
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at++;
    this.buckets[at] = (this.buckets[at] as number) + times;
    this.count += times;
    this.sum += value * times;
    if (traceId !== undefined) this.exemplars[at] = { labelSet: { trace_id: traceId }, value, timestamp: Date.now() / 1000 };
  }

  /** What its lines begin with, made once: a histogram is a dozen lines, and a scrape may have hundreds of them. */
  private beginnings?: string[];

  writeLines(name: string, lines: string[], { open, isNew }: { open: boolean; isNew: boolean }): void {
    const heads = (this.beginnings ??= this.beginningsOf(name));
    if (isNew) return void lines.push(...heads.map((head) => `${head} 0`));
    let total = 0;
    for (let at = 0; at <= this.bounds.length; at++) {
      total += this.buckets[at] as number;
      lines.push(`${heads[at]} ${total}${open ? exemplarText(this.exemplars[at]) : ''}`);
    }
    lines.push(`${heads[heads.length - 2]} ${numberText(this.sum)}`, `${heads[heads.length - 1]} ${this.count}`);
  }

  private beginningsOf(name: string): string[] {
    const buckets = [...this.bounds, '+Inf'].map((le) => `${name}_bucket${labelText({ le }, this.labels)}`);
    return [...buckets, `${name}_sum${labelText(this.labels)}`, `${name}_count${labelText(this.labels)}`];
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

  /** For `exposition.ts`. */
  writeLines(lines: string[], open: boolean, isNew: ScrapeView): void {
    for (const series of this.all.values()) series.writeLines(this.name, lines, { open, isNew: isNew(series) });
  }

  /** For prom-client's registry, which can read but not write it. */
  async get(): Promise<object> {
    const values: object[] = [];
    for (const { labels, sum, count } of this.all.values()) values.push({ metricName: `${this.name}_sum`, labels, value: sum }, { metricName: `${this.name}_count`, labels, value: count });
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }
}
