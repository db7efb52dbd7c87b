import { newTable } from '../terminal/new-table';
import { isMet, type Measurement, type SectionResult } from './measurement';

const digits = (value: number): string => (Number.isInteger(value) || Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));

const goalText = ({ goal }: Measurement): string => (goal?.atMost !== undefined ? `at most ${goal.atMost}` : goal?.atLeast !== undefined ? `at least ${goal.atLeast}` : '');

const verdict = (measurement: Measurement): string => ({ true: '✓', false: '✗', undefined: '' })[String(isMet(measurement))] ?? '';

/** A section for a person. */
export function sectionTable({ title, measurements }: SectionResult): string {
  const table = newTable({ head: [title, 'median', 'unit', 'goal', '', 'note'], colAligns: ['left', 'right', 'left', 'left', 'left', 'left'], colWidths: [null, null, null, null, null, 60], wordWrap: true });
  for (const one of measurements) table.push([one.name, digits(one.value), one.unit, goalText(one), verdict(one), one.note ?? '']);
  return table.toString();
}
