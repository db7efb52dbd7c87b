import { currentContext } from './request-context';

/** Something that happened on the way to an error: a log line, a query. */
export interface Breadcrumb {
  category: string;
  message: string;
  level?: 'debug' | 'info' | 'warning' | 'error';
  data?: Record<string, unknown>;
  /** Unix time in seconds. */
  timestamp?: number;
}

const MOST = 30;
const kept = new WeakMap<object, Breadcrumb[]>();
let recording = false;

/** Error tracking switches this on; without a reader nothing is kept. */
export const enableBreadcrumbs = (on: boolean): void => void (recording = on);
export const areBreadcrumbsRecorded = (): boolean => recording;

/** Adds to the breadcrumbs of the running request, job or message; the oldest of 30 makes room. */
export function recordBreadcrumb(breadcrumb: Breadcrumb): void {
  if (!recording) return;
  const held = currentContext();
  if (Object.isFrozen(held)) return;
  let breadcrumbs = kept.get(held);
  if (!breadcrumbs) kept.set(held, (breadcrumbs = []));
  if (breadcrumbs.length === MOST) breadcrumbs.shift();
  breadcrumbs.push({ ...breadcrumb, timestamp: breadcrumb.timestamp ?? Date.now() / 1000 });
}

export const currentBreadcrumbs = (): readonly Breadcrumb[] => kept.get(currentContext()) ?? [];
