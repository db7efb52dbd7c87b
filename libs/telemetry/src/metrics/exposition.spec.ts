import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expose, formatFor, OPEN_METRICS, TEXT, type Readable } from './exposition';

const registry = new Registry();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
new Counter({ name: 'sent_total', help: 'Back\\slash', labelNames: ['to'], registers: [registry] }).inc({ to: 'a"b\\c\nd' }, 3);
new Gauge({ name: 'level', help: 'Level', registers: [registry] }).set(-Infinity);
const histogram = new Histogram({ name: 'wait_seconds', help: 'Wait', buckets: [1, 2], enableExemplars: true, registers: [registry] });
histogram.observe({ value: 1.5, labels: {}, exemplarLabels: { trace_id: 'abc' } } as never);
const all = registry.getMetricsAsArray() as unknown as Readable[];

describe('expose', () => {
  it('writes the text format', async () => {
    expect(await expose(all, TEXT)).toBe(
      ['# HELP sent_total Back\\\\slash', '# TYPE sent_total counter', 'sent_total{to="a\\"b\\\\c\\nd"} 3', '# HELP level Level', '# TYPE level gauge', 'level -Inf', '# HELP wait_seconds Wait', '# TYPE wait_seconds histogram', 'wait_seconds_bucket{le="1"} 0', 'wait_seconds_bucket{le="2"} 1', 'wait_seconds_bucket{le="+Inf"} 1', 'wait_seconds_sum 1.5', 'wait_seconds_count 1', ''].join('\n'),
    );
  });

  it('writes OpenMetrics from the same values, and again the text format', async () => {
    const open = await expose(all, OPEN_METRICS);
    expect(open).toContain('# TYPE sent counter\nsent_total{');
    expect(open).toMatch(/wait_seconds_bucket\{le="2"\} 1 # \{trace_id="abc"\} 1\.5 [\d.]+\n/);
    expect(open.endsWith('# EOF\n')).toBe(true);
    expect(await expose(all, TEXT)).toContain('# TYPE sent_total counter\nsent_total{');
  });

  it('is asked for by the Accept header', () => {
    expect(formatFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3')).toBe(OPEN_METRICS);
    expect([formatFor('*/*'), formatFor(undefined)]).toEqual([TEXT, TEXT]);
  });
});
