import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { context, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { withRequestContext } from '../context/request-context';
import { getLogger } from '../logging/logger';
import { counter, gauge, histogram } from '../metrics/instruments';
import { edgeContext } from '../tracing/edge';

const requests = counter('http_requests_total');
const durations = histogram('http_request_duration_seconds');
const inProgress = gauge('http_requests_in_progress');
const tracer = trace.getTracer('@shadower/telemetry');
const logger = getLogger('http');

/** Probes and scrapes come every few seconds for ever and are nobody's request: a 503 of /ready while draining is no failure. */
const QUIET = new Set(['/health', '/health/detailed', '/live', '/ready', '/metrics', '/metrics/cluster', '/api/v1/metrics']);
const WELL_FORMED_ID = /^[\w.:~-]{1,128}$/;
/** nginx's number for a client that left before its answer; no standard has one. */
const CLIENT_LEFT = 499;

interface Running {
  startedAt: number;
  method: string;
  endpoint: string;
  span: Span;
  context: Context;
}
const RUNNING = Symbol('running');
type Raw = ServerResponse & { [RUNNING]?: Running };

function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : randomUUID();
}

function open(request: FastifyRequest, reply: FastifyReply, endpoint: string, request_id: string): Running {
  const { method } = request;
  const parent = edgeContext(request.headers);
  const span = tracer.startSpan(`${method} ${endpoint}`, { kind: SpanKind.SERVER }, parent);
  if (span.isRecording()) span.setAttributes({ 'http.request.method': method, 'http.route': endpoint, 'url.scheme': request.protocol, request_id });
  reply.header('x-trace-id', span.spanContext().traceId);
  return { startedAt: performance.now(), method, endpoint, span, context: withRequestContext(trace.setSpan(parent, span), { request_id }) };
}

function report(raw: Raw, running: Running): void {
  const { method, endpoint, span } = running;
  const status = raw.writableFinished ? raw.statusCode : CLIENT_LEFT;
  const seconds = (performance.now() - running.startedAt) / 1000;
  inProgress.dec({ method, endpoint });
  requests.inc({ method, endpoint, status: String(status) });
  durations.observe({ method, endpoint, status_class: `${Math.floor(status / 100)}xx` as '2xx' }, seconds);
  if (span.isRecording()) {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
  logger.info({ method, endpoint, status, duration_ms: Math.round(seconds * 1e6) / 1e3 }, 'request completed');
}

/** Called for every answer, finished or cut off; shared, so that a request costs no closure. */
function onClose(this: ServerResponse): void {
  const running = (this as Raw)[RUNNING];
  if (!running) return;
  (this as Raw)[RUNNING] = undefined;
  context.with(running.context, report, undefined, this, running);
}

/** `draining` tells keep-alive clients with each answer to go elsewhere. */
export function installHttpHooks(fastify: FastifyInstance, draining: () => boolean): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const endpoint = request.routeOptions.url ?? 'unmatched';
    const id = requestId(request.headers['x-request-id']);
    reply.header('x-request-id', id);
    if (draining()) reply.header('connection', 'close');
    if (QUIET.has(endpoint)) return done();
    const running = open(request, reply, endpoint, id);
    (reply.raw as Raw)[RUNNING] = running;
    reply.raw.on('close', onClose);
    inProgress.inc({ method: running.method, endpoint });
    context.with(running.context, done);
  });
  // Reading a body loses the async context: its events belong to the socket.
  fastify.addHook('preValidation', (_request, reply, done) => {
    const held = (reply.raw as Raw)[RUNNING]?.context;
    if (!held || context.active() === held) return done();
    context.with(held, done);
  });
}

