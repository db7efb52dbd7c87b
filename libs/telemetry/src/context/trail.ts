import { currentContext } from './request-context';

/** Something that happened on the way to an error: a log line, a query. */
export interface Crumb {
  category: string;
  message: string;
  level?: 'debug' | 'info' | 'warning' | 'error';
  data?: Record<string, unknown>;
  /** Unix time in seconds. */
  timestamp?: number;
}

const LONGEST = 30;
const trails = new WeakMap<object, Crumb[]>();
let recording = false;

/** Error tracking switches the trail on; without a reader nothing is kept. */
export const recordTrail = (on: boolean): void => void (recording = on);
export const isTrailRecorded = (): boolean => recording;

/** Adds to the trail of the running request, job or message; the oldest of 30 entries makes room. */
export function leaveCrumb(crumb: Crumb): void {
  if (!recording) return;
  const held = currentContext();
  if (Object.isFrozen(held)) return;
  let trail = trails.get(held);
  if (!trail) trails.set(held, (trail = []));
  if (trail.length === LONGEST) trail.shift();
  trail.push({ ...crumb, timestamp: crumb.timestamp ?? Date.now() / 1000 });
}

export const currentTrail = (): readonly Crumb[] => trails.get(currentContext()) ?? [];
