import type { ExportFormat } from '@shadower/domain';
import type { ExportSelect } from './export-select';

/** How the rows of a format come out of PostgreSQL, which writes them far faster than JavaScript could, and what is left to do. */
export interface Rendering {
  /** The COPY statement that gives the rows. */
  copy: string;
  header: string;
  /** Mends whole rows as they come. */
  mend(rows: Buffer): Buffer;
}

/**
 * A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that begins with an apostrophe: who takes
 * one away from each cell that begins with it has exactly what was stored. Cells of this kind are always quoted, so the quote that opens
 * one is the only place to look at: inside of a cell a quote is doubled. In latin1 every byte is a character; ef bc .. are + - = @ in full width.
 */
const OPENS_FORMULA = /(^|,)"(?=[=+\-@\t\r']|\xef\xbc[\x8b\x8d\x9d\xa0])/gm;
const QUOTE = 0x22;
/** Bytes with which such a cell may begin, by their number. */
const ARMS = new Uint8Array(256);
for (const byte of Buffer.from(`=+-@\t\r'\xef`, 'latin1')) ARMS[byte] = 1;

/** Hardly ever there: one pass over the bytes costs a tenth of what the replacement would. */
function maybeArmed(rows: Buffer): boolean {
  for (let at = 0; at < rows.length - 1; at += 1) if (rows[at] === QUOTE && ARMS[rows[at + 1] as number] === 1) return true;
  return false;
}

const unarmed = (rows: Buffer): Buffer => (maybeArmed(rows) ? Buffer.from(rows.toString('latin1').replace(OPENS_FORMULA, `$1"'`), 'latin1') : rows);

/** COPY doubles every backslash; nothing else of JSON text needs escaping there. */
const unescaped = (rows: Buffer): Buffer => (rows.includes(0x5c) ? Buffer.from(rows.toString('latin1').replaceAll('\\\\', '\\'), 'latin1') : rows);

/** Every dataset's first column is the time in whose order the rows stand. */
const OPENS_ROW = /^(?:\{"\w+":")?(\d{4}-[\d:.T-]+Z)/;

/** The time (ms since 1970) of the last of some whole rows; undefined for a header, or for nothing. */
export function timeOfLastRow(rows: Buffer): number | undefined {
  const begins = rows.subarray(0, -1).lastIndexOf(0x0a) + 1;
  const [, time] = OPENS_ROW.exec(rows.toString('latin1', begins, begins + 64)) ?? [];
  return time === undefined ? undefined : Date.parse(time);
}

/** CSV by RFC 4180 with a header, lines ended by LF; null is an empty cell, an empty text is `""`. NDJSON: an object a line. */
export function renderRows(format: ExportFormat, { columns, from }: ExportSelect): Rendering {
  const select = `SELECT ${columns.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')} ${from}`;
  if (format === 'ndjson') return { copy: `COPY (SELECT row_to_json(r) FROM (${select}) r) TO STDOUT`, header: '', mend: unescaped };
  const free = columns.filter((column) => column.free).map(({ name }) => name);
  const quoting = free.length > 0 ? `, FORCE_QUOTE (${free.join(', ')})` : '';
  return { copy: `COPY (${select}) TO STDOUT (FORMAT csv${quoting})`, header: `${columns.map(({ name }) => name).join(',')}\n`, mend: unarmed };
}
