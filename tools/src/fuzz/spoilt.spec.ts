import fc from 'fast-check';
import { filledIn, HUGE_NAMES, jsonText, RawJson } from './json-text';
import { pathsOf, spoilt } from './spoilt';

const right = { events: [{ id: 'a', data: { credits: '1', tokens: { context: 1, generated: 2 } } }], filter: { type: 'user.active' } };
const made = fc.sample(spoilt(right), { numRuns: 3_000, seed: 1 }).map(jsonText);
/** What is huge is just another text here: it could not be compared. */
const small = made.map((text) => HUGE_NAMES.reduce((done, name) => done.replaceAll(name, '"huge"'), text));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
const at = (value: unknown, path: readonly (string | number)[]): unknown => path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step], value);

it.each(pathsOf(right).map((path) => [path.join('/'), path] as const))('makes /%s wrong, all else being as it was', (_name, path) => {
  const others = pathsOf(right).filter((other) => !path.every((step, index) => other[index] === step) && !other.every((step, index) => path[index] === step));
  const asBefore = (value: unknown): boolean => others.every((other) => JSON.stringify(at(value, other)) === JSON.stringify(at(right, other)));
  const alone = small.map(parsed).filter((value) => JSON.stringify(at(value, path)) !== JSON.stringify(at(right, path)) && asBefore(value));
  expect(alone.length).toBeGreaterThan(5);
});

it.each(['1e400', '-9007199254740992', '9007199254740993', '"__proto__"', '\\udc00', '"a":{"a":{"a":', '[[[[[['])('writes %s somewhere', (text) => expect(made.some((each) => filledIn(each).includes(text))).toBe(true));

it('leaves out, names twice and multiplies', () => {
  expect(small.map(parsed).some((value) => value !== undefined && at(value, ['events', 0, 'data']) !== undefined && at(value, ['events', 0, 'data', 'tokens']) === undefined)).toBe(true);
  expect(made.some((text) => /"filter":[^}]*}.*"filter":/.test(text))).toBe(true);
  expect(small.map(parsed).some((value) => (at(value, ['events', 'length']) as number) > 1_000)).toBe(true);
});

it('writes raw text as it is', () => expect(jsonText({ a: [new RawJson('1e400'), undefined, '\ud800'] })).toBe('{"a":[1e400,null,"\\ud800"]}'));
