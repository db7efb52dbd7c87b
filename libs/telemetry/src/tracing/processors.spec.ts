import { SpanKind, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { deliveryOf } from '../context/delivery';
import { BoundedSpanProcessor, redactingProcessor } from './processors';

// An exporter written for the test: a real one cannot be made to hang exactly here.
class HeldExporter {
  private readonly held: ((result: ExportResult) => void)[] = [];
  private released = false;
  export(_spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.released) done({ code: ExportResultCode.FAILED });
    else this.held.push(done);
  }
  fail(): void {
    this.released = true;
    for (const done of this.held) done({ code: ExportResultCode.FAILED });
  }
  shutdown = () => Promise.resolve();
}

describe('BoundedSpanProcessor', () => {
  it('keeps at most 2,048 spans while the collector does not answer, and counts the rest', async () => {
    const exporter = new HeldExporter();
    const processor = new BoundedSpanProcessor(exporter);
    const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test');
    const before = deliveryOf('traces').dropped.queue_full ?? 0;
    for (let made = 0; made < 5_000; made++) tracer.startSpan('s').end();
    expect((deliveryOf('traces').dropped.queue_full ?? 0) - before).toBe(5_000 - 2_048);
    exporter.fail();
    const stopped = processor.shutdown().catch((error: Error) => error.message);
    expect(await stopped).toContain('export failed');
    expect(deliveryOf('traces').dropped.export_failed).toBe(2_048);
  });

  it('ignores what was not sampled', () => {
    const processor = new BoundedSpanProcessor(new HeldExporter());
    const span = { spanContext: () => ({ traceFlags: TraceFlags.NONE }) } as ReadableSpan;
    for (let made = 0; made < 3_000; made++) processor.onEnd(span);
    expect(deliveryOf('traces').dropped.queue_full).toBe(5_000 - 2_048);
  });
});

describe('redactingProcessor', () => {
  it('cleans attributes, events and status before anybody else sees the span', () => {
    const seen: ReadableSpan[] = [];
    const witness = { onStart: () => undefined, onEnd: (span: ReadableSpan) => void seen.push(span), forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
    const tracer = new BasicTracerProvider({ spanProcessors: [redactingProcessor, witness] }).getTracer('test');
    const span = tracer.startSpan('s', { kind: SpanKind.CLIENT, attributes: { password: 'hunter22', url: 'https://u:hunter22@h/?token=hunter22', list: ['api_key=hunter22', 'fine'], rows: 7 } });
    span.recordException(new Error('secret=hunter22'));
    span.setStatus({ code: 2, message: 'Bearer hunter22' });
    span.end();
    const [{ attributes, events, status }] = seen as [ReadableSpan];
    expect(JSON.stringify([attributes, events, status])).not.toContain('hunter22');
    expect(attributes).toMatchObject({ rows: 7, list: ['api_key=[redacted]', 'fine'] });
  });

  it.each([
    ['url.full', 'https://h/p?sig=hunter22&a=&hunter22', 'https://h/p?sig=[redacted]&a=[redacted]&[redacted]'],
    ['url.query', '?sig=hunter22', '?sig=[redacted]'],
    ['url.query', 'sig=hunter22&b=1', 'sig=[redacted]&b=[redacted]'],
    ['http.target', '/p?sig=hunter22', '/p?sig=[redacted]'],
    ['http.url', 'https://h/p', 'https://h/p'],
    ['url.query', '', ''],
    ['db.query.text', `COPY (SELECT 1 WHERE m = 'hunter22') TO STDOUT`, 'COPY (SELECT 1 WHERE m = ?) TO STDOUT'],
  ])('keeps no value of a query string or a statement in %s: %s', (key, value, clean) => {
    const seen: ReadableSpan[] = [];
    const witness = { onStart: () => undefined, onEnd: (span: ReadableSpan) => void seen.push(span), forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
    new BasicTracerProvider({ spanProcessors: [redactingProcessor, witness] }).getTracer('test').startSpan('s', { attributes: { [key]: value } }).end();
    expect(seen[0]?.attributes[key]).toBe(clean);
  });
});
