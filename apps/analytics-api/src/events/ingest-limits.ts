/** What taking events in takes from the environment. */
export const INGEST_LIMITS = Symbol('INGEST_LIMITS');
export interface IngestLimits {
  EVENTS_MAX_AGE_DAYS: number;
  EVENTS_MAX_IN_FLIGHT: number;
  EVENTS_MAX_BACKLOG: number;
}
