import { redirect } from '../logging/destination';
import { setAllLevels } from '../logging/logger';

export type LogLine = Record<string, unknown> & { level: string; logger: string; message: string };

/** Gathers the log lines of this process, of every level, until `stop()`; nothing goes to stdout meanwhile. */
export function captureLogs(): { lines: LogLine[]; stop: () => void } {
  const lines: LogLine[] = [];
  const direct = redirect({ write: (line) => void lines.push(JSON.parse(line) as LogLine), flush: () => undefined });
  const levels = setAllLevels('trace');
  return {
    lines,
    stop: () => {
      levels();
      direct();
    },
  };
}
