import { randomUUID } from 'node:crypto';
import { diag, DiagLogLevel, type Span } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ConsoleSpanExporter, ParentBasedSampler, SimpleSpanProcessor, TraceIdRatioBasedSampler, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { env, service, tracesRatio } from '../config';
import { redactStatement } from '../context/redact-statement';
import { areBreadcrumbsRecorded, recordBreadcrumb } from '../context/breadcrumbs';
import { collector } from './collector';
import { HousekeepingSampler } from './housekeeping-sampler';
import { BoundedSpanProcessor, redactingProcessor } from './processors';

/** What OpenTelemetry says about itself goes to `warn`; a dead collector repeats itself, so equal lines come once a minute. */
function listenToDiagnostics(warn: (message: string) => void): void {
  const lastSaid = new Map<string, number>();
  const say = (message: string): void => {
    const now = Date.now();
    if (now - (lastSaid.get(message) ?? 0) < 60_000) return;
    if (lastSaid.size > 100) lastSaid.clear();
    lastSaid.set(message, now);
    warn(message);
  };
  const silent = () => undefined;
  diag.setLogger({ error: say, warn: say, info: silent, debug: silent, verbose: silent }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

function queryBreadcrumb(_span: Span, { query }: { query: { text: string } }): void {
  if (areBreadcrumbsRecorded()) recordBreadcrumb({ category: 'query', message: redactStatement(query.text) });
}

const instrumentations = () => [
  // The server span is made in a Fastify hook, which knows the route and costs less.
  new HttpInstrumentation({ disableIncomingRequestInstrumentation: true, requireParentforOutgoingSpans: true }),
  new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true, enhancedDatabaseReporting: false, requestHook: queryBreadcrumb }),
  new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: (command) => command }),
  new UndiciInstrumentation({ requireParentforSpans: true }),
];

/**
 * Starts the ONE tracer provider of the process. `others` are processors that see the same spans, such as Sentry's;
 * `warn` gets the diagnostics. Returns what flushes and stops it; that rejects when the collector is down.
 */
export function startTracing(others: readonly SpanProcessor[], warn: (message: string) => void): () => Promise<void> {
  listenToDiagnostics(warn);
  const processors: SpanProcessor[] = [redactingProcessor];
  const target = collector(env);
  if (target) processors.push(new BoundedSpanProcessor(new OTLPTraceExporter({ ...target, timeoutMillis: 3_000 })));
  if (env.OTEL_CONSOLE_EXPORT) processors.push(new SimpleSpanProcessor(new ConsoleSpanExporter()));
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': service.name, 'service.version': service.version, 'deployment.environment.name': service.environment, 'service.instance.id': randomUUID() }),
    autoDetectResources: false,
    sampler: new HousekeepingSampler(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracesRatio) })),
    spanProcessors: [...processors, ...others],
    contextManager: new AsyncLocalStorageContextManager(),
    textMapPropagator: new W3CTraceContextPropagator(),
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: instrumentations(),
  });
  sdk.start();
  return () => sdk.shutdown();
}
