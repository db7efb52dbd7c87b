import { ROOT_CONTEXT, trace, TraceFlags, type Context, type TextMapGetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { tracesRatio } from '../config';

type Headers = Record<string, string | string[] | undefined>;

const getter: TextMapGetter<Headers> = { keys: (headers) => Object.keys(headers), get: (headers, key) => headers[key] };
const w3c = new W3CTraceContextPropagator();

/**
 * The context for a request from outside. A caller may bring a trace id, but not force its trace to be kept: the `sampled` flag
 * counts only as often as our own share of traces says. Its `tracestate` ends here, as the standard allows: it is any text,
 * and would go on into spans, jobs and frames.
 */
export function edgeContext(headers: Headers, ratio = tracesRatio, random = Math.random): Context {
  if (headers['traceparent'] === undefined) return ROOT_CONTEXT;
  const parent = w3c.extract(ROOT_CONTEXT, headers, getter);
  const span = trace.getSpanContext(parent);
  if (!span) return ROOT_CONTEXT;
  const { traceId, spanId } = span;
  const traceFlags = (span.traceFlags & TraceFlags.SAMPLED) !== 0 && random() < ratio ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
