import { context, SpanKind, trace } from '@opentelemetry/api';
import { runInContext, type RequestContext } from '../context/request-context';
import { isExpected, reportUnexpected } from '../context/unexpected';
import { getLogger } from '../logging/logger';
import { counter } from '../metrics/instruments';
import { extractTrace, withSpan, type TraceCarrier } from '../tracing/span';

/** One message on a WebSocket. */
export interface SocketMessage extends Pick<RequestContext, 'request_id' | 'user_id' | 'workspace_id'> {
  connection_id?: string;
  /** As on the wire; a type that is not in the catalog is counted as `unknown`. */
  message_type: string;
  direction: 'in' | 'out';
  /** How many sockets get the same bytes; counted as so many messages. 1 when left out, 0 when the caller counts what was sent. */
  copies?: number;
  /** Trace context of what caused the message. Without one, a message of a client begins a trace, and none that is sent is traced. */
  trace?: TraceCarrier;
}

const logger = getLogger('websocket');
const messages = counter('websocket_messages_total');

function failed(message: SocketMessage, error: unknown): never {
  if (!isExpected(error)) {
    logger.error({ err: error, message_type: message.message_type }, 'message failed');
    reportUnexpected(error, { endpoint: `websocket ${message.direction}`, message_type: message.message_type });
  }
  throw error;
}

function work<T>(message: SocketMessage, fn: () => T): T {
  const { connection_id, request_id, user_id, workspace_id } = message;
  const fields = Object.fromEntries(Object.entries({ connection_id, request_id, user_id, workspace_id }).filter(([, value]) => value !== undefined));
  return runInContext(fields, () => {
    try {
      const result = fn();
      return (result instanceof Promise ? result.catch((error: unknown) => failed(message, error)) : result) as T;
    } catch (error) {
      return failed(message, error);
    }
  });
}

/**
 * Handles or sends one message, sync or async: counted, its lines and errors name connection and user, a bug is logged and
 * reported once and then passed on (the gateway closes the connection; the process lives).
 */
export function runSocketMessage<T>(message: SocketMessage, fn: () => T): T {
  messages.inc({ direction: message.direction, message_type: message.message_type }, message.copies);
  const caused = message.trace?.traceparent !== undefined;
  if (!caused && message.direction === 'out') return work(message, fn);
  const kind = message.direction === 'in' ? SpanKind.SERVER : SpanKind.PRODUCER;
  // The listeners of a socket run in the context of whatever opened it, which ended long ago.
  const parent = caused ? extractTrace(message.trace ?? {}) : trace.deleteSpan(context.active());
  return withSpan(`websocket ${message.direction}`, { kind, attributes: { 'messaging.system': 'websocket' }, parent }, () => work(message, fn));
}
