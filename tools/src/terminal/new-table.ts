import Table from 'cli-table3';

const LINES = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const;
const NO_LINES = Object.fromEntries(LINES.map((line) => [line, '']));

/** A table for a person: drawn on a terminal, aligned columns without lines elsewhere. */
export function newTable(options: Table.TableConstructorOptions = {}, isTerminal = process.stdout.isTTY): Table.Table {
  const style = { head: [], border: [], ...(isTerminal ? {} : { 'padding-left': 0, 'padding-right': 0 }) };
  return new Table({ ...options, style, ...(isTerminal ? {} : { chars: { ...NO_LINES, middle: '  ' } }) });
}
