/** A value that stands in JSON as this text, which `JSON.stringify` cannot make: `1e400`, a name that is there twice, a placeholder of `HUGE`. */
export class RawJson {
  constructor(readonly text: string) {}
}

const names = (count: number): string => Array.from({ length: count }, (_, index) => `"${index.toString(36)}":1`).join();
/** JSON too large for a report: the cases name it by a placeholder, and it is filled in when the case is sent. */
const HUGE: Record<string, string> = {
  '<array 10,000 deep>': `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  '<object 10,000 deep>': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '<array 5,000 deep>': `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  '<100,000 names>': `{${names(100_000)}}`,
  '<20,000 items>': `[${'1,'.repeat(19_999)}1]`,
  '<300,000 digits>': '1'.repeat(300_000),
};
export const HUGE_NAMES = Object.keys(HUGE);

/** The text with what its placeholders stand for. */
export const filledIn = (text: string): string => (text.includes('<') ? HUGE_NAMES.reduce((done, name) => done.replaceAll(name, () => HUGE[name] as string), text) : text);

/** The value as JSON; what JSON cannot say is `null`. */
export function jsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${jsonText(inner)}`).join()}}`;
}
