import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { delivered, dropped } from '../context/delivery';

/** Counts what the exporter behind it could not deliver, and never lets an export hang longer than `patienceMs`. */
export class CountedExporter implements SpanExporter {
  /** Spans handed over and not yet answered for. */
  pending = 0;

  constructor(
    private readonly inner: SpanExporter,
    private readonly patienceMs: number,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    let answered = false;
    const answer = (result: ExportResult, reason: 'export_failed' | 'timeout'): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      this.pending -= spans.length;
      if (result.code === ExportResultCode.SUCCESS) delivered('traces');
      else dropped('traces', reason, spans.length);
      done(result);
    };
    const timer = setTimeout(() => answer({ code: ExportResultCode.FAILED, error: new Error('The collector did not answer in time') }, 'timeout'), this.patienceMs);
    timer.unref();
    this.inner.export(spans, (result) => answer(result, 'export_failed'));
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush?.() ?? Promise.resolve();
  }
}
