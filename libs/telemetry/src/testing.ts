export { captureLogs, type LogLine } from './testing/capture-logs';
export { collectSpans } from './testing/collect-spans';
export { readMetric } from './testing/read-metric';
export { ORDINARY_TEXTS, PLANTED, REDACTED_TEXTS, REDACTED_VALUES } from './testing/redaction-cases';
