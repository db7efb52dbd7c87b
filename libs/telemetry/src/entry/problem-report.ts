import { isExpected, reportUnexpected, type ReportDetails } from '../context/unexpected';
import { getLogger } from '../logging/logger';
import { problemOf, type Problem } from './problem';

const logger = getLogger('http');

/** Logs and reports a bug, in one line and one report; of what was expected nobody has to know. */
export function reportFailure(error: unknown, details: ReportDetails, message = 'request failed'): void {
  if (isExpected(error)) return;
  logger.error({ err: error, ...details }, message);
  reportUnexpected(error, details);
}

/** What a caller is told about an error. It says of a bug that it has been reported, so it is: `details` (such as `endpoint`) go into the line and the report. */
export function problemReport(error: unknown, details: ReportDetails): Problem {
  reportFailure(error, details);
  return problemOf(error);
}
