import fc from 'fast-check';
import { jsonText, RawJson } from './json-text';
import { nastyJson, nastyNumber, nastyTime } from './nasty';

type Path = readonly (string | number)[];
type Change = (value: unknown) => unknown;
/** Says of a field that it is to be left out. */
const REMOVED = Symbol('removed');

/** Where something stands in a value, itself first. */
export function pathsOf(value: unknown, base: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return [base];
  const inner = Array.isArray(value) ? value.map((each, index) => [index, each] as const) : Object.entries(value);
  return [base, ...inner.flatMap(([step, each]) => pathsOf(each, [...base, step]))];
}

const at = (value: unknown, path: Path): unknown => path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null | undefined)?.[step], value);

/** The value with a change in one place; without it when the place is not there any more. */
function changed(value: unknown, [step, ...rest]: Path, change: Change): unknown {
  if (step === undefined) return change(value);
  if (typeof value !== 'object' || value === null || value instanceof RawJson || !Object.hasOwn(value, step)) return value;
  if (Array.isArray(value)) return value.map((each, index) => (index === step ? changed(each, rest, change) : (each as unknown))).filter((each) => each !== REMOVED);
  const entries = Object.entries(value).map(([name, inner]) => [name, name === step ? changed(inner, rest, change) : inner] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== REMOVED));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);
const without = (text: string): string => text.slice(1, -1);
const joined = (...parts: string[]): RawJson => new RawJson(`{${parts.filter(Boolean).join()}}`);

/** Wrong ones of its kind come more often than just anything: they get further. */
function replacements(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value === 'number') return fc.oneof({ weight: 2, arbitrary: nastyNumber }, { weight: 1, arbitrary: nastyJson });
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) return fc.oneof({ weight: 3, arbitrary: nastyTime }, { weight: 1, arbitrary: nastyJson });
  return nastyJson;
}

/** What can be done to an object or an array as a whole: strange fields, names that stand there twice, more items than anybody takes. */
function growths(value: unknown): fc.Arbitrary<Change> {
  const name = fc.constantFrom('extra', '__proto__', 'constructor', 'toString', '', '/', '~', 'a\u0000', '\ud800', 'x'.repeat(300), ...(isObject(value) ? Object.keys(value) : []));
  const field = fc.tuple(name, nastyJson).map(([known, other]) => `${JSON.stringify(known)}:${jsonText(other)}`);
  if (isObject(value)) return fc.tuple(field, fc.boolean()).map(([text, first]) => (now) => (isObject(now) ? (first ? joined(text, without(jsonText(now))) : joined(without(jsonText(now)), text)) : now));
  return fc.constantFrom(0, 2, 11, 1_001).map((count) => (now) => (Array.isArray(now) ? Array.from({ length: count }, () => now[0] as unknown) : now));
}

function changesOf(value: unknown, path: Path): fc.Arbitrary<Change> {
  const replaced = replacements(value).map((other): Change => () => other);
  const removed = fc.constant<Change>((now) => (path.length === 0 ? now : REMOVED));
  const whole = typeof value === 'object' && value !== null ? [{ weight: 3, arbitrary: growths(value) }] : [];
  return fc.oneof({ weight: 5, arbitrary: replaced }, { weight: 1, arbitrary: removed }, ...whole);
}

/** A right value with one to three changes anywhere in it: replaced, left out, added, named twice. What comes out is for `jsonText`. */
export function spoilt(right: unknown): fc.Arbitrary<unknown> {
  const change = fc.constantFrom(...pathsOf(right)).chain((path) => changesOf(at(right, path), path).map((how) => ({ path, how })));
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => changes.reduce((value, { path, how }) => changed(value, path, how), right));
}
