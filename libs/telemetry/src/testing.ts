export { captureLogs, type LogLine } from './testing/capture-logs';
export { collectSpans } from './testing/collect-spans';
export { readMetric } from './testing/read-metric';
