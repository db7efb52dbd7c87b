/** One line of a trace: an LLM invocation that finished. */
export interface TraceRow {
  /** 1 for the first row after the header. */
  number: number;
  /** Where the row stands in the file, counted from 1, for messages. */
  line: number;
  /** RFC 3339 in UTC with the trace's own fraction, cut to the microseconds that PostgreSQL keeps. */
  time: string;
  contextTokens: number;
  generatedTokens: number;
  /** The columns as they stood, for the row's fingerprint. */
  content: string;
}

/** A file that is not a trace; the message names the line. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

export const COLUMNS = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'] as const;

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:?00)?$/;
const MOST_TOKENS = 1_000_000_000;

function parseTime(text: string, line: number): string {
  const parts = TIMESTAMP.exec(text);
  const seconds = parts ? `${parts[1]}T${parts[2]}` : '';
  // Date.parse accepts 31 February; the round trip does not.
  if (!parts || Number.isNaN(Date.parse(`${seconds}Z`)) || new Date(`${seconds}Z`).toISOString().slice(0, 19) !== seconds) {
    throw new TraceError(`line ${line}: TIMESTAMP must be a UTC time such as 2023-11-16 18:17:03.9799600, not ${JSON.stringify(text)}`);
  }
  return `${seconds}.${(parts[3] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
}

function parseTokens(text: string, column: string, line: number): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > MOST_TOKENS) {
    throw new TraceError(`line ${line}: ${column} must be a whole number from 0 to ${MOST_TOKENS}, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}

/** `columns` in the order of COLUMNS. Throws a TraceError that names the line. */
export function parseRow(columns: readonly string[], number: number, line: number): TraceRow {
  const [time = '', context = '', generated = ''] = columns.map((column) => column.trim());
  return {
    number,
    line,
    time: parseTime(time, line),
    contextTokens: parseTokens(context, 'ContextTokens', line),
    generatedTokens: parseTokens(generated, 'GeneratedTokens', line),
    content: `${time},${context},${generated}`,
  };
}
