import { Counter, Gauge, Registry } from 'prom-client';
import { BucketHistogram } from './bucket-histogram';
import { expose, formatFor, OPEN_METRICS, TEXT, type Readable } from './exposition';

const registry = new Registry();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
new Counter({ name: 'sent_total', help: 'Back\\slash', labelNames: ['to'], registers: [registry] }).inc({ to: 'a"b\\c\nd' }, 3);
new Gauge({ name: 'level', help: 'Level', registers: [registry] }).set(-Infinity);
new BucketHistogram('wait_seconds', 'Wait', [], [1, 2], registry).series({}).observe(1.5, 'abc');
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

  it('shows what changed since it was written last', async () => {
    const changing = new Registry();
    const level = new Gauge({ name: 'level', help: 'Level', labelNames: ['of'], registers: [changing] });
    const waits = new BucketHistogram('wait_seconds', 'Wait', ['of'], [1], changing);
    const written = () => expose(changing.getMetricsAsArray() as unknown as Readable[], TEXT);
    level.set({ of: 'a' }, 1);
    waits.series({ of: 'a' }).observe(2);
    await written();
    level.reset();
    level.set({ of: 'b' }, 2);
    level.set({ of: 'a' }, 3);
    waits.series({ of: 'a' }).observe(0.5);
    const lines = (await written()).split('\n').filter((line) => !line.startsWith('#'));
    expect(lines).toEqual(['level{of="b"} 2', 'level{of="a"} 3', 'wait_seconds_bucket{le="1",of="a"} 1', 'wait_seconds_bucket{le="+Inf",of="a"} 2', 'wait_seconds_sum{of="a"} 2.5', 'wait_seconds_count{of="a"} 2', '']);
  });

  it('is asked for by the Accept header', () => {
    expect(formatFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3')).toBe(OPEN_METRICS);
    expect([formatFor('*/*'), formatFor(undefined)]).toEqual([TEXT, TEXT]);
  });
});
