import { ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { SamplingDecision, TraceIdRatioBasedSampler, type ReadableSpan, type Span, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { SentrySpanProcessor } from '@sentry/opentelemetry';
import { env } from '../config';

/**
 * Gives Sentry its share of the traces that OpenTelemetry keeps anyway. The share is taken by trace id,
 * so that all services choose the same traces and a trace arrives whole or not at all.
 */
class SharedTraces implements SpanProcessor {
  private readonly sentry = new SentrySpanProcessor();
  private readonly share: TraceIdRatioBasedSampler;

  constructor(ratio: number) {
    this.share = new TraceIdRatioBasedSampler(ratio);
  }

  private wanted(span: ReadableSpan): boolean {
    const { traceId } = span.spanContext();
    return this.share.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
  }

  onStart(span: Span, parent: Context): void {
    if (this.wanted(span)) this.sentry.onStart(span as never, parent);
  }

  onEnd(span: ReadableSpan): void {
    if (this.wanted(span)) this.sentry.onEnd(span as never);
  }

  forceFlush(): Promise<void> {
    return this.sentry.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.sentry.shutdown();
  }
}

/** Processors for the one tracer provider; none while Sentry is off or wants no traces. */
export const sentryProcessors = (): SpanProcessor[] => (env.SENTRY_DSN && env.SENTRY_TRACES_SAMPLE_RATE > 0 ? [new SharedTraces(env.SENTRY_TRACES_SAMPLE_RATE)] : []);
