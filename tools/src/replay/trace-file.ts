import { parse } from 'csv-parse';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { microCreditsOf, type Price } from './price';
import { COLUMNS, parseRow, TraceError, type TraceRow } from './trace-row';

interface CsvRecord {
  record: Record<string, string>;
  info: { lines: number };
}

const headerOf = (header: string[]): string[] => {
  const names = header.map((name) => name.trim());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new TraceError(`line 1: no column ${missing.join(', ')}; a trace has the columns ${COLUMNS.join(', ')}`);
  return names;
};

/** Reads a trace row by row in bounded memory. Throws a TraceError, naming the line, on anything that is not one. */
export async function* readTrace(file: string): AsyncGenerator<TraceRow> {
  const parser = parse({ columns: headerOf, info: true, bom: true, skip_empty_lines: true });
  const source = createReadStream(file).on('error', (error) => parser.destroy(error));
  let number = 0;
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<CsvRecord>) {
      yield parseRow(
        COLUMNS.map((column) => record[column] ?? ''),
        ++number,
        info.lines,
      );
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) throw new TraceError(error.message, { cause: error });
    throw error;
  } finally {
    source.destroy();
  }
}

/** What a whole trace holds, by the file alone. */
export interface TraceSummary {
  rows: number;
  contextTokens: bigint;
  generatedTokens: bigint;
  microCredits: bigint;
  firstTime: string;
  lastTime: string;
  /** Changes with any row. */
  fingerprint: string;
}

/** Reads the whole trace once, so that nothing is sent from a file with a bad line, and adds it up. */
export async function summarise(file: string, price: Price): Promise<TraceSummary> {
  const hash = createHash('sha256');
  const sum = { rows: 0, contextTokens: 0n, generatedTokens: 0n, microCredits: 0n, firstTime: '', lastTime: '' };
  for await (const row of readTrace(file)) {
    hash.update(`${row.content}\n`);
    sum.rows += 1;
    sum.contextTokens += BigInt(row.contextTokens);
    sum.generatedTokens += BigInt(row.generatedTokens);
    sum.microCredits += microCreditsOf({ context: row.contextTokens, generated: row.generatedTokens }, price);
    if (!sum.firstTime || row.time < sum.firstTime) sum.firstTime = row.time;
    if (row.time > sum.lastTime) sum.lastTime = row.time;
  }
  if (sum.rows === 0) throw new TraceError('the file holds no rows');
  return { ...sum, fingerprint: hash.digest('hex') };
}
