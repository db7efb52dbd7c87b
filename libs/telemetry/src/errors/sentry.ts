import { diag } from '@opentelemetry/api';
import * as Sentry from '@sentry/nestjs';
import { env, service } from '../config';
import { describeError, redact } from '../context/redact';
import { redactText } from '../context/redact-text';
import { currentContext, updateContext } from '../context/request-context';
import { currentBreadcrumbs, recordBreadcrumb, enableBreadcrumbs, type Breadcrumb } from '../context/breadcrumbs';
import { isExpected, onUnexpected, reportUnexpected, type ReportDetails } from '../context/unexpected';
import { makeTransport } from './transport';

/** Only integrations that describe an error. Those that trace or patch would do a second time what OpenTelemetry does. */
const KEPT = new Set(['InboundFilters', 'EventFilters', 'FunctionToString', 'LinkedErrors', 'NodeSystemError', 'ContextLines', 'Context']);

type Integration = Parameters<typeof Sentry.addIntegration>[0];

/** `Context` reads the memory of process and machine from a dozen files: worth it for an error, and a fifth of the price of every transaction. */
const forErrors = (integration: Integration): Integration => ({ ...integration, processEvent: (event, ...rest) => (event.type === 'transaction' ? event : (integration.processEvent?.(event, ...rest) ?? event)) });

const integrations = (): Integration[] => (Sentry.getDefaultIntegrations({}) ?? []).filter(({ name }) => KEPT.has(name)).map((kept) => (kept.name === 'Context' ? forErrors(kept) : kept));

/** Connects error tracking to Sentry; without a DSN nothing is loaded into the way of errors. */
export function startSentry(): boolean {
  if (!env.SENTRY_DSN) return false;
  Sentry.init({
    dsn: env.SENTRY_DSN,
    environment: service.environment,
    release: service.version,
    serverName: service.name,
    skipOpenTelemetrySetup: true,
    registerEsmLoaderHooks: false,
    sendDefaultPii: false,
    sendClientReports: false,
    maxBreadcrumbs: 0,
    tracesSampleRate: env.SENTRY_TRACES_SAMPLE_RATE > 0 ? env.SENTRY_TRACES_SAMPLE_RATE : undefined,
    profilesSampleRate: env.SENTRY_PROFILES_SAMPLE_RATE,
    transport: makeTransport,
    defaultIntegrations: integrations(),
    beforeSend: clean,
    beforeSendTransaction: clean,
  });
  enableBreadcrumbs(true);
  onUnexpected(send);
  if (env.SENTRY_TRACES_SAMPLE_RATE > 0 && env.SENTRY_PROFILES_SAMPLE_RATE > 0) void startProfiling();
  return true;
}

/** The profiler is native code: loaded only where it is wanted, and done without where its binary is missing. */
async function startProfiling(): Promise<void> {
  try {
    const { nodeProfilingIntegration } = await import('@sentry/profiling-node');
    Sentry.addIntegration(nodeProfilingIntegration());
  } catch (error) {
    diag.warn(`Profiling is off: ${describeError(error).message}`);
  }
}

const SENT_PARTS = ['message', 'exception', 'breadcrumbs', 'contexts', 'extra', 'tags', 'request', 'spans', 'transaction'] as const;

/** Redacts what is sent of an event and nothing else of it: the rest is Sentry's own machinery. */
function clean<E extends Sentry.Event>(event: E): E {
  for (const part of SENT_PARTS) if (event[part] !== undefined) event[part] = redact(event[part]) as never;
  return event;
}

function send(error: unknown, details: ReportDetails): void {
  const { user_id, ...tags } = currentContext();
  Sentry.captureException(error, (scope) => {
    for (const { message, data, timestamp, ...crumb } of currentBreadcrumbs()) scope.addBreadcrumb({ ...crumb, timestamp, message: redactText(message), data: redact(data) as Record<string, unknown> }, 30);
    const { endpoint, ...extra } = details;
    if (typeof endpoint === 'string') scope.setTransactionName(endpoint);
    if (user_id) scope.setUser({ id: user_id });
    return scope.setTags({ ...tags, service: service.name, ...(typeof endpoint === 'string' ? { route: endpoint } : {}) }).setContext('details', redact(extra) as Record<string, unknown>);
  });
}

/** Reports an error that the code caught and lives on with. Expected errors are never reported, and one error only once. */
export function captureException(error: unknown, details: ReportDetails = {}): void {
  if (!isExpected(error)) reportUnexpected(error, details);
}

/** Names the user (and workspace) of the running request in its logs, span and error reports. */
export const setUserContext = ({ id, workspace_id }: { id: string; workspace_id?: string }): void => updateContext(workspace_id === undefined ? { user_id: id } : { user_id: id, workspace_id });

/** Adds to the breadcrumbs that are sent with the next error of the running request, job or message. */
export const addBreadcrumb = (crumb: Breadcrumb): void => recordBreadcrumb(crumb);

/** Waits at most `patienceMs` until reports have left. */
export const flushSentry = (patienceMs: number): Promise<unknown> => (env.SENTRY_DSN ? Sentry.close(patienceMs) : Promise.resolve());
