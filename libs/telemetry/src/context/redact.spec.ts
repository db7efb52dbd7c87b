import { inspect } from 'node:util';
import fc from 'fast-check';
import { ORDINARY_TEXTS, PLANTED as SECRET, REDACTED_TEXTS, REDACTED_VALUES } from '../testing/redaction-cases';
import { describeError, redact } from './redact';
import { redactText, SECRET_WORDS } from './redact-text';

const word = fc.constantFrom(...SECRET_WORDS).map((pattern) => pattern.replaceAll('[-_]?', '_'));
const key = fc.tuple(fc.constantFrom('', 'x-', 'db_', 'My'), word, fc.constantFrom('', '_id', 'Value')).map((parts) => parts.join(''));

describe('redactText', () => {
  it.each(REDACTED_TEXTS)('%s', (text, clean) => expect(redactText(text)).toBe(clean));

  it('finds nothing more to do in what it made', () => {
    for (const [, clean] of REDACTED_TEXTS) expect(redactText(clean)).toBe(clean);
  });

  it('leaves ordinary text as it is', () => {
    for (const text of ORDINARY_TEXTS) expect(redactText(text)).toBe(text);
  });

  it('hides what a key of any spelling holds, however it is written down', () => {
    const value = fc.constantFrom<unknown>(SECRET, [SECRET], { value: SECRET }, [['}', { deep: `"]${SECRET}` }]]);
    const written = fc.constantFrom<(pair: object) => string>(
      (pair) => JSON.stringify(pair),
      (pair) => JSON.stringify({ body: JSON.stringify(pair) }),
      (pair) => JSON.stringify({ again: JSON.stringify({ body: JSON.stringify(pair) }) }),
      (pair) => encodeURIComponent(JSON.stringify(pair)),
      (pair) => inspect(pair, { depth: 9 }),
      (pair) => new URLSearchParams(Object.entries(pair).map(([name, held]) => [name, JSON.stringify(held)])).toString(),
    );
    fc.assert(fc.property(key, value, written, fc.constantFrom('', 'sent ', '{"n":1} '), (name, held, write, before) => expect(redactText(`${before}${write({ [name]: held })} after`)).not.toContain(SECRET)));
  });

  it.each(['a', 'token', 'token=', 'token:[', '"', '\\"', '\\', 'cookie:', 'eyJ', '-eyJ', 'a@', '://', '://a:', 'token\\', 'Bearer ', 'password \\\\', 'shk_a.', ' "cookie', '%3D', '{"token":{'])('takes time in proportion to its length: many %j', (unit) => {
    const text = (length: number): string => `token ${unit.repeat(length / unit.length)} @`;
    const fastest = (length: number): number => {
      const given = text(length);
      const times = Array.from({ length: 5 }, () => {
        const started = performance.now();
        redactText(given);
        return performance.now() - started;
      });
      return Math.min(...times);
    };
    fastest(5_000);
    const [short, long] = [fastest(40_000), fastest(160_000)];
    // Four times the text: quadratic time would be 16 times as long. What takes no time cannot be compared.
    expect(long).toBeLessThan(Math.max(8 * short, 50));
  });
});

describe('redact', () => {
  it.each(REDACTED_VALUES)('%j', (value, clean) => expect(redact(value)).toEqual(clean));

  const buried = fc.letrec((tie) => ({ node: fc.oneof({ maxDepth: 6 }, fc.record({ leaf: fc.boolean() }), fc.array(tie('node'), { maxLength: 2, minLength: 1 }), fc.dictionary(fc.string(), tie('node'), { maxKeys: 2, minKeys: 1 })) })).node;

  it('hides any value under a secret key, at any depth', () => {
    const value = fc.oneof(fc.constant(SECRET), fc.constant({ nested: [SECRET] }), fc.constant([SECRET]));
    fc.assert(
      fc.property(key, value, buried, (name, secret, frame) => {
        const plant = (node: unknown): unknown => {
          if (Array.isArray(node)) return [plant(node[0]), ...node.slice(1)];
          const [first, ...rest] = Object.entries(node as object);
          return typeof first?.[1] === 'object' ? Object.fromEntries([[first[0], plant(first[1])], ...rest]) : { ...(node as object), [name]: secret };
        };
        const planted = plant(frame);
        const pairs = new Map(Object.entries(planted as object));
        for (const shape of [planted, pairs, [...pairs], [...pairs].flat()]) expect(JSON.stringify(redact(shape))).not.toContain(SECRET);
      }),
    );
  });

  it('keeps what is no secret, counts of tokens too, and cuts cycles', () => {
    const cycle: Record<string, unknown> = { tokens: { context: 3, generated: 4 }, context_tokens: 3, size: 1n, at: new Date(0), bytes: Buffer.from('ab') };
    cycle['self'] = cycle;
    expect(redact(cycle)).toEqual({ tokens: { context: 3, generated: 4 }, context_tokens: 3, size: '1', at: new Date(0), bytes: '[2 bytes]', self: '[circular]' });
  });
});

describe('describeError', () => {
  it('tells type, message, code and causes, but not the properties where drivers put values', () => {
    const inner = Object.assign(new Error(`password=${SECRET}`), { code: '23505', detail: SECRET, parameters: [SECRET] });
    const description = describeError(new TypeError('outer', { cause: inner }));
    expect(description).toMatchObject({ type: 'TypeError', message: 'outer', cause: { type: 'Error', message: 'password=[redacted]', code: '23505' } });
    expect(JSON.stringify(description)).not.toContain(SECRET);
  });

  it('follows five causes and no more, and takes anything that was thrown', () => {
    let chain = new Error('0');
    for (let depth = 1; depth < 20; depth++) chain = new Error(String(depth), { cause: chain });
    expect(JSON.stringify(describeError(chain)).match(/"message"/g)).toHaveLength(6);
    expect(describeError({ token: SECRET })).toEqual({ type: 'object', message: '{"token":"[redacted]"}' });
    expect(describeError(undefined)).toEqual({ type: 'undefined', message: 'undefined' });
    expect(describeError(new AggregateError([new Error('a'), new Error('b')])).errors).toHaveLength(2);
  });
});
