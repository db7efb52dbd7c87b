import { context, INVALID_TRACEID, propagation, SpanStatusCode, trace, type Attributes, type Context, type Span, type SpanKind } from '@opentelemetry/api';
import { isExpected } from '../context/unexpected';

const tracer = trace.getTracer('@shadower/telemetry');

export interface SpanSettings {
  kind?: SpanKind;
  attributes?: Attributes;
  /** Where the span hangs; the running context when left out. */
  parent?: Context;
}

function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  if (!isExpected(error)) span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : undefined });
}

/** Runs `fn`, sync or async, inside a span of that name; an error is recorded and passed on. */
export function withSpan<T>(name: string, settings: SpanSettings, fn: (span: Span) => T): T {
  const { kind, attributes, parent = context.active() } = settings;
  const span = tracer.startSpan(name, { kind, attributes }, parent);
  const failed = (error: unknown): never => {
    fail(span, error);
    span.end();
    throw error;
  };
  let result: T;
  try {
    result = context.with(trace.setSpan(parent, span), fn, undefined, span);
  } catch (error) {
    return failed(error);
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  const ended = result.then((value: unknown) => {
    span.end();
    return value;
  }, failed);
  return ended as T;
}

/** Wraps a method, sync or async, in a span. Its arguments are never recorded. */
export const TraceOperation =
  (name: string): MethodDecorator =>
  (_target, _key, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as (...args: unknown[]) => unknown;
    const traced = function (this: unknown, ...args: unknown[]): unknown {
      return withSpan(name, {}, () => method.apply(this, args));
    };
    // Nest keeps what its own decorators say as metadata of the function.
    for (const key of Reflect.getMetadataKeys?.(method) ?? []) Reflect.defineMetadata(key, Reflect.getMetadata(key, method), traced);
    Object.defineProperty(traced, 'name', { value: method.name });
    descriptor.value = traced;
  };

/** Adds to the running span, if there is one. */
export const addSpanAttributes = (attributes: Attributes): void => void trace.getActiveSpan()?.setAttributes(attributes);

/** W3C trace context, as it travels in a job or a message. */
export interface TraceCarrier {
  traceparent?: string;
  tracestate?: string;
}

/** The running trace context, to put into a job or a message. */
export function injectTrace(): TraceCarrier {
  const carrier: TraceCarrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The running context with the span that the carrier names as parent; without one, the running context. */
export const extractTrace = (carrier: TraceCarrier): Context => propagation.extract(context.active(), carrier);

/** Trace id of the running span (32 hex digits). */
export function currentTraceId(): string | undefined {
  const id = trace.getActiveSpan()?.spanContext().traceId;
  return id === INVALID_TRACEID ? undefined : id;
}
