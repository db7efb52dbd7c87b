import type { AnalyticsEvent } from '@shadower/domain';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { creditsOf, type Price } from './price';
import type { TraceRow } from './trace-row';

export interface RowEventOptions {
  file: string;
  agent: string;
  price: Price;
}

const fileName = (file: string): string => basename(file).replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(-64);

/** The same row of the same file has the same id in every run, so sending it again is a duplicate; a changed row has another. */
export function rowId(row: TraceRow, file: string): string {
  const hash = createHash('sha256').update(row.content).digest('hex').slice(0, 12);
  return `${fileName(file)}:${row.number}:${hash}`;
}

/** A trace's row as one finished execution of an agent. */
export function rowEvent(row: TraceRow, { file, agent, price }: RowEventOptions): AnalyticsEvent {
  const tokens = { context: row.contextTokens, generated: row.generatedTokens };
  const id = rowId(row, file);
  return { id, type: 'execution.completed', time: row.time, agent_id: agent, execution_id: id, data: { status: 'succeeded', tokens, credits: creditsOf(tokens, price) } };
}
