import { newTable } from '../terminal/new-table';
import type { ChaosRow } from './run-promise';

const number = (value: number | undefined): string => (value === undefined ? '-' : value.toLocaleString('en-US'));
const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`);

/** What was done, what was lost, and how long it took, a line a promise. */
export function chaosTable(rows: readonly ChaosRow[]): string {
  const table = newTable({ head: ['promise', 'faults injected', 'acknowledged', 'lost', 'double', 'wrong', 'recovery', 'memory', 'took', 'further', ''] });
  for (const { name, faults, ledger, recoveryMs, memoryMb, seconds: took, figures, problems } of rows) {
    const memory = memoryMb === undefined ? '-' : `${memoryMb >= 0 ? '+' : ''}${memoryMb.toFixed(0)} MB`;
    table.push([name, faults, number(ledger?.acknowledged), number(ledger?.lost), number(ledger?.double), number(ledger && ledger.ghosts + ledger.altered + ledger.wrongSums), seconds(recoveryMs), memory, `${took.toFixed(0)} s`, figures ?? '', problems.length === 0 ? 'kept' : `BROKEN: ${problems.join('; ')}`]);
  }
  return table.toString();
}
