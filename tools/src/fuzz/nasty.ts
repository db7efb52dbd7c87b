import fc from 'fast-check';

/** Texts that have broken some service before. */
export const nastyText = fc.oneof(
  fc.constantFrom('', '0', '-1', '-0', '1e400', 'NaN', 'null', 'undefined', '\u0000', 'a\u0000b', '\ud800', '‮abc', '😀', "'; DROP TABLE events; --", '" OR 1=1', '../../etc/passwd', '%2e%2e%2f', '=1+1', '+1', '-1', '@x'),
  fc.constantFrom('a\r\nb: c', '\u001b[31m', '${jndi:ldap://x}', '<script>', '9007199254740993', '-9007199254740993', 'true', '[]', '{}', '__proto__', 'constructor', 'x'.repeat(5_000), '٣', '\ufeff'),
  fc.constantFrom('0000-01-01', '9999-12-31T23:59:59Z', '2016-12-31T23:59:60Z', '2026-02-30', '2026-01-01T00:00:00+14:00', '2026-01-01T00:00:00.123456789Z', `2026-01-01T00:00:00.${'1'.repeat(200)}Z`, '2026-01-01T00:00:00+23:59', '0000-01-01T00:00:00Z', 'CET', '2026-01-01', 'Etc/GMT+99', 'America/New_York'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

/** Any JSON, with what JSON can say and few expect. */
export const nastyJson: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, 0, -0, -1, 0.1, 2 ** 53, -(2 ** 53), 1e308, true, false, [], {}, [[]], JSON.parse('{"__proto__":{"id":1},"constructor":2}')),
);

/** A right object with one to three of its fields, or strange ones, made wrong or left out. */
export const spoilt = (right: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> => {
  const field = fc.constantFrom(...Object.keys(right), 'extra', '__proto__', 'constructor');
  const change = fc.tuple(field, fc.oneof({ weight: 5, arbitrary: nastyJson }, { weight: 1, arbitrary: fc.constant(undefined) }));
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const made = Object.entries(right).filter(([name]) => !changes.some(([changed, value]) => changed === name && value === undefined));
    return Object.fromEntries([...made, ...changes.filter(([, value]) => value !== undefined)]);
  });
};
