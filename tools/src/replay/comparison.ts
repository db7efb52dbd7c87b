import { fromMicroCredits } from '@shadower/domain';
import { newTable } from '../terminal/new-table';
import type { TraceSummary } from './trace-file';

/** One figure, as the file gives it and as the API reports it. */
export interface Figure {
  name: string;
  file: string;
  api: string;
}

/** What the API's overview says of the time that the trace covers. */
export interface ApiTotals {
  executions: number;
  contextTokens: string;
  generatedTokens: string;
  credits: string;
}

export const compare = (summary: TraceSummary, api: ApiTotals): Figure[] => [
  { name: 'executions', file: String(summary.rows), api: String(api.executions) },
  { name: 'context tokens', file: String(summary.contextTokens), api: api.contextTokens },
  { name: 'generated tokens', file: String(summary.generatedTokens), api: api.generatedTokens },
  { name: 'credits', file: fromMicroCredits(summary.microCredits), api: api.credits },
];

export const isEqual = (figures: Figure[]): boolean => figures.every(({ file, api }) => file === api);

const grouped = (decimal: string): string => decimal.replace(/^-?\d+/, (whole) => BigInt(whole).toLocaleString('en-US'));

/** The figures beside one another, for a person. */
export function comparisonTable(figures: Figure[]): string {
  const table = newTable({ head: ['', 'the file', 'the API', ''], colAligns: ['left', 'right', 'right', 'left'] });
  for (const { name, file, api } of figures) table.push([name, grouped(file), grouped(api), file === api ? 'equal' : 'DIFFERENT']);
  return table.toString();
}
