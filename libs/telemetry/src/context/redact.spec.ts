import fc from 'fast-check';
import { describeError, redact, redactText, SECRET_WORDS } from './redact';

const SECRET = 's3cr3t-Value_42';

describe('redactText', () => {
  it.each([
    [`postgres://app:${SECRET}@db:5432/x`, 'postgres://[redacted]@db:5432/x'],
    [`https://${SECRET}@sentry.io/1`, 'https://[redacted]@sentry.io/1'],
    [`redis://:p@ss@${SECRET}@cache/0`, 'redis://[redacted]@cache/0'],
    [`GET /x?token=${SECRET}&page=2`, 'GET /x?token=[redacted]&page=2'],
    [`Authorization: Bearer ${SECRET}`, 'Authorization: Bearer [redacted]'],
    [`{"password":"${SECRET}","n":1}`, '{"password":"[redacted]","n":1}'],
    [`{"password":"a\\"${SECRET}"}`, '{"password":"[redacted]"}'],
    [`body: "{\\"api_key\\":\\"${SECRET}\\",\\"n\\":1}"`, 'body: "{\\"api_key\\":\\"[redacted]\\",\\"n\\":1}"'],
    [`{"token":"${SECRET}`, '{"token":"[redacted]'],
    [`password=${SECRET} host=db`, 'password=[redacted] host=db'],
    [`jwt eyJhbGciOi.eyJzdWIi.${SECRET}`, 'jwt [redacted]'],
    [`key shk_acme.0123456789abcdef.${SECRET} used`, 'key [redacted] used'],
    ['mail to jane.doe@example.com now', 'mail to [email] now'],
  ])('%s', (text, clean) => expect(redactText(text)).toBe(clean));

  it('leaves ordinary text as it is', () => {
    for (const text of ['request completed', 'GET /api/v1/workspaces/:id/overview', 'Error: boom\n    at x (/app/y.js:1:2)', 'used 12 tokens']) expect(redactText(text)).toBe(text);
  });
});

describe('redact', () => {
  const word = fc.constantFrom(...SECRET_WORDS).map((pattern) => pattern.replaceAll('[-_]?', '_'));
  const key = fc.tuple(fc.constantFrom('', 'x-', 'db_', 'My'), word, fc.constantFrom('', '_id', 'Value')).map((parts) => parts.join(''));
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
        expect(JSON.stringify(redact(plant(frame)))).not.toContain(SECRET);
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
