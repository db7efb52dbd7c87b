import { INVALID_TRACEID, type SpanContext } from '@opentelemetry/api';
import { service } from '../config';
import type { RequestContext } from '../context/request-context';
import { destination } from './destination';
import { getLogger } from './logger';

const logger = getLogger('http');
const text = JSON.stringify;
const fixed = `"service":${text(service.name)},"environment":${text(service.environment)},"version":${text(service.version)},"logger":"http"`;

let lastMs = 0;
let lastTime = '';
/** Many lines share a millisecond; its text is made once. */
function timestamp(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastTime = new Date(now).toISOString();
  }
  return lastTime;
}

/**
 * The line of a finished request: the same fields as any other line of the logger `http`, written by hand because it is the one
 * line that every request has. Nothing in it comes from the caller but a request id that was checked, so nothing needs redaction.
 */
export function logAccess(route: { method: string; endpoint: string }, status: number, milliseconds: number, fields: RequestContext, span: SpanContext): void {
  if (!logger.isLevelEnabled('info')) return;
  let line = `{"level":"info","timestamp":"${timestamp()}",${fixed}`;
  for (const name in fields) line += `,"${name}":${text(fields[name as keyof RequestContext])}`;
  if (span.traceId !== INVALID_TRACEID) line += `,"trace_id":"${span.traceId}","span_id":"${span.spanId}"`;
  line += `,"method":"${route.method}","endpoint":${text(route.endpoint)},"status":${status}`;
  destination.write(`${line},"duration_ms":${Math.round(milliseconds * 1000) / 1000},"message":"request completed"}\n`);
}
