/** What error tracking is told besides the error and the running context. */
export type ReportDetails = Record<string, unknown>;
type Listener = (error: unknown, details: ReportDetails) => void;

const listeners: Listener[] = [];

/** Error tracking registers itself here, so that nothing else has to know whether there is any. */
export const onUnexpected = (listener: Listener): void => void listeners.push(listener);

/** Reports a bug, once: the same error object that passes several catchers makes one report. */
export function reportUnexpected(error: unknown, details: ReportDetails = {}): void {
  if (typeof error === 'object' && error !== null) {
    if (reported.has(error)) return;
    reported.add(error);
  }
  for (const listener of listeners) listener(error, details);
}

const reported = new WeakSet<object>();

/** True when the failure is part of a contract (a domain error, a refused request) and nobody has to act. */
export function isExpected(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const failure = error as { expected?: unknown; statusCode?: unknown; getStatus?: () => number };
  if (failure.expected === true) return true;
  if (typeof failure.getStatus === 'function') return failure.getStatus() < 500;
  return typeof failure.statusCode === 'number' && failure.statusCode >= 400 && failure.statusCode < 500;
}
