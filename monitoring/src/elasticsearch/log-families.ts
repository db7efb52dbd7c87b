/** The four families of log indices; Fluentd writes one index a day of each, and a policy deletes it. */
export const LOG_FAMILIES = [
  { name: 'analytics', pattern: 'analytics-2*', deleteAfterDays: 30 },
  { name: 'analytics-errors', pattern: 'analytics-errors-*', deleteAfterDays: 90 },
  { name: 'analytics-metrics', pattern: 'analytics-metrics-*', deleteAfterDays: 7 },
  { name: 'analytics-performance', pattern: 'analytics-performance-*', deleteAfterDays: 14 },
] as const;
