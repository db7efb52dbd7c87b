import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { context, INVALID_SPAN_CONTEXT, INVALID_TRACEID, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { withRequestContext, type RequestContext } from '../context/request-context';
import { isExpected } from '../context/unexpected';
import { logAccess } from '../logging/access-log';
import { httpSeries, type HttpSeries } from '../metrics/http-series';
import { edgeContext } from '../tracing/edge-context';
import { reportFailure } from './problem-report';

const tracer = trace.getTracer('@shadower/telemetry');

/** Probes and scrapes come every few seconds for ever and are nobody's request: a 503 of /ready while draining is no failure. */
const QUIET = new Set(['/health', '/health/detailed', '/live', '/ready', '/metrics', '/metrics/cluster', '/api/v1/metrics']);
/** An id that a caller chose goes into every line, so an API key is none. */
const WELL_FORMED_ID = /^(?!shk_)[\w.:~-]{1,128}$/;
/** nginx's number for a client that left before its answer; no standard has one. */
const CLIENT_LEFT = 499;

/** The endpoint of a path that no route has, in metrics and lines. */
const UNMATCHED = 'unmatched';

interface Running {
  startedAt: number;
  series: HttpSeries;
  fields: RequestContext;
  span: Span;
  context: Context;
  /** The status that counts when the answer does not come to its end. */
  brokenOff?: number;
}
const RUNNING = Symbol('running');
type Raw = ServerResponse & { [RUNNING]?: Running };

function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : randomUUID();
}

function open(request: FastifyRequest, reply: FastifyReply, endpoint: string, request_id: string): Running {
  const { method } = request;
  const parent = edgeContext(request.headers);
  const span = tracer.startSpan(endpoint === UNMATCHED ? method : `${method} ${endpoint}`, { kind: SpanKind.SERVER }, parent);
  if (span.isRecording()) {
    span.setAttributes({ 'http.request.method': method, 'url.scheme': request.protocol, request_id });
    if (endpoint !== UNMATCHED) span.setAttribute('http.route', endpoint);
  }
  const { traceId } = span.spanContext();
  if (traceId !== INVALID_TRACEID) reply.header('x-trace-id', traceId);
  const fields: RequestContext = { request_id };
  return { startedAt: performance.now(), series: httpSeries(method, endpoint), fields, span, context: withRequestContext(trace.setSpan(parent, span), fields) };
}

/** Tells the access log and the metrics that the answer breaks off here, and not because the client left. */
export function noteFailure(response: ServerResponse, error: unknown): void {
  const running = (response as Raw)[RUNNING];
  if (running) running.brokenOff ??= isExpected(error) ? 503 : 500;
}

/** A request that Node refuses and answers by itself. One that runs ends with this status; one that never became a request has its line and its count here. Returns its id. */
export function noteRefusal(response: ServerResponse | null | undefined, status: number): string {
  const running = (response as Raw | null | undefined)?.[RUNNING];
  if (running) running.brokenOff = status;
  if (running?.fields.request_id) return running.fields.request_id;
  const [series, request_id] = [httpSeries('other', UNMATCHED), randomUUID()];
  series.refused(status);
  logAccess(series, status, 0, { request_id }, INVALID_SPAN_CONTEXT);
  return request_id;
}

/** Called for every answer, finished or cut off; shared, so that a request costs no closure. It runs outside of the request's context. */
function onClose(this: ServerResponse): void {
  const running = (this as Raw)[RUNNING];
  if (!running) return;
  (this as Raw)[RUNNING] = undefined;
  const { series, span, fields } = running;
  const status = this.writableFinished ? this.statusCode : (running.brokenOff ?? CLIENT_LEFT);
  const milliseconds = performance.now() - running.startedAt;
  const ids = span.spanContext();
  const sampled = (ids.traceFlags & TraceFlags.SAMPLED) !== 0;
  series.ended(status, milliseconds / 1000, sampled ? ids.traceId : undefined);
  if (sampled) {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(status));
  }
  span.end();
  logAccess(series, status, milliseconds, fields, ids);
}

/** `draining` tells keep-alive clients with each answer to go elsewhere. */
export function installHttpHooks(fastify: FastifyInstance, draining: () => boolean): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const endpoint = request.routeOptions.url ?? UNMATCHED;
    const id = requestId(request.headers['x-request-id']);
    reply.header('x-request-id', id);
    if (draining()) reply.header('connection', 'close');
    if (QUIET.has(endpoint)) return context.with(withRequestContext(ROOT_CONTEXT, { request_id: id }), done);
    const running = open(request, reply, endpoint, id);
    (reply.raw as Raw)[RUNNING] = running;
    reply.raw.on('close', onClose);
    running.series.inProgress++;
    context.with(running.context, done);
  });
  // Reading a body loses the async context: its events belong to the socket.
  fastify.addHook('preValidation', (_request, reply, done) => {
    const held = (reply.raw as Raw)[RUNNING]?.context;
    if (!held || context.active() === held) return done();
    context.with(held, done);
  });
  fastify.addHook('onSend', (_request, reply, payload: unknown, done) => {
    if (payload instanceof Readable) watchStream(reply.raw, payload);
    done();
  });
}

/** A stream that fails after the head of the answer was sent is seen by nobody else: Fastify only cuts the connection. */
function watchStream(response: ServerResponse, stream: Readable): void {
  stream.once('error', (error) => {
    const running = (response as Raw)[RUNNING];
    // Before that, it is answered like any other error.
    if (!running || !response.headersSent) return;
    noteFailure(response, error);
    context.with(running.context, () => reportFailure(error, { endpoint: running.series.endpoint }, 'answer broke off'));
  });
}

