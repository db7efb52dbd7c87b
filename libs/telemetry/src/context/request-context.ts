import { context, createContextKey, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

/** Who and what the running code works for. The names are those of the log lines and of the Sentry tags. */
export interface RequestContext {
  request_id?: string;
  user_id?: string;
  workspace_id?: string;
  job_id?: string;
  queue?: string;
  connection_id?: string;
}

const KEY = createContextKey('shadower.request');
const NOTHING: Readonly<RequestContext> = Object.freeze({});
let hasManager = false;

/** `start` registers the context manager; a process that never imports it (a unit test) gets one on first use. */
function ensureContextManager(): void {
  if (hasManager) return;
  hasManager = true;
  const probe = ROOT_CONTEXT.setValue(KEY, NOTHING);
  const kept = context.with(probe, () => context.active().getValue(KEY) === NOTHING);
  if (!kept) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** The fields of the running request, job or socket message; empty outside of one. */
export const currentContext = (): Readonly<RequestContext> => (context.active().getValue(KEY) as RequestContext | undefined) ?? NOTHING;

/** `parent` with `fields` as its request context, for a caller that enters it later itself. */
export function withRequestContext(parent: Context, fields: RequestContext): Context {
  ensureContextManager();
  return parent.setValue(KEY, fields);
}

/** Runs `fn` with `fields` added to the fields that hold already. */
export const runInContext = <T>(fields: RequestContext, fn: () => T): T =>
  context.with(withRequestContext(context.active(), { ...currentContext(), ...fields }), fn);

/**
 * Changes the fields of the running request in place, so that everything after it in the same request sees them,
 * the access log line included. Does nothing outside of a request, job or message.
 */
export function updateContext(fields: RequestContext): void {
  const held = context.active().getValue(KEY) as RequestContext | undefined;
  if (!held) return;
  Object.assign(held, fields);
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return;
  if (fields.user_id !== undefined) span.setAttribute('user.id', fields.user_id);
  if (fields.workspace_id !== undefined) span.setAttribute('workspace_id', fields.workspace_id);
}
