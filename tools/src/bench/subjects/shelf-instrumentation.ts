import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import * as Sentry from '@sentry/nestjs';

/** As the getting-started pages of both say: Sentry first (its page asks for that), then the SDK with every automatic instrumentation. */
if (process.env.SENTRY_DSN) Sentry.init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 0.1 });

new NodeSDK({
  serviceName: 'shelf',
  traceExporter: new OTLPTraceExporter(),
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) }),
  instrumentations: [getNodeAutoInstrumentations()],
}).start();
