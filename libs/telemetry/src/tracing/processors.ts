import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { TraceFlags, type Attributes } from '@opentelemetry/api';
import { dropped } from '../context/delivery';
import { isSecretKey } from '../context/redact';
import { redactStatement } from '../context/redact-statement';
import { REDACTED, redactText } from '../context/redact-text';
import { CountedExporter } from './counted-exporter';

const MOST_WAITING = 2048;
const EXPORT_PATIENCE_MS = 5_000;

/** Where instrumentations put the URL of a call, by both conventions. */
const URLS = new Set(['url.full', 'url.query', 'http.url', 'http.target']);

/** `https://h/p?a=1&b` -> `https://h/p?a=[redacted]&[redacted]`: a signed URL carries its secret under any name. */
function withoutQueryValues(url: string, isQuery: boolean): string {
  const from = url.indexOf('?') + 1;
  if (from === 0 && !isQuery) return url;
  const parts = url.slice(from).split('&').map((part) => part && (part.includes('=') ? part.slice(0, part.indexOf('=') + 1) + REDACTED : REDACTED));
  return url.slice(0, from) + parts.join('&');
}

/** What an attribute says, before secrets in its text are replaced. */
function shown(key: string, value: string): string {
  if (key === 'db.query.text' || key === 'db.statement') return redactStatement(value);
  return URLS.has(key) ? withoutQueryValues(value, key === 'url.query') : value;
}

function cleanInPlace(attributes: Attributes): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (isSecretKey(key)) attributes[key] = REDACTED;
    else if (typeof value === 'string') attributes[key] = redactText(shown(key, value));
    else if (Array.isArray(value)) attributes[key] = value.map((item) => (typeof item === 'string' ? redactText(item) : item)) as string[];
  }
}

/** Stands first: what ends here is clean before an exporter or Sentry sees it. Only sampled spans come by. */
export const redactingProcessor: SpanProcessor = {
  onStart: () => undefined,
  onEnd(span: ReadableSpan) {
    cleanInPlace(span.attributes);
    for (const event of span.events) if (event.attributes) cleanInPlace(event.attributes);
    for (const link of span.links) if (link.attributes) cleanInPlace(link.attributes);
    if (span.status.message) span.status.message = redactText(span.status.message);
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Sends spans in batches; at most 2,048 wait, and what does not fit is counted. */
export class BoundedSpanProcessor implements SpanProcessor {
  private readonly exporter: CountedExporter;
  private readonly batches: BatchSpanProcessor;

  constructor(exporter: SpanExporter) {
    this.exporter = new CountedExporter(exporter, EXPORT_PATIENCE_MS);
    this.batches = new BatchSpanProcessor(this.exporter, { maxQueueSize: MOST_WAITING, maxExportBatchSize: 512, scheduledDelayMillis: 1_000, exportTimeoutMillis: EXPORT_PATIENCE_MS + 1_000 });
  }

  onStart(): void {
    // A span counts when it ends.
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.exporter.pending >= MOST_WAITING) return dropped('traces', 'queue_full');
    this.exporter.pending += 1;
    this.batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.batches.shutdown();
  }
}
