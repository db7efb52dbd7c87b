import fc from 'fast-check';
import { HUGE_NAMES, RawJson } from './json-text';

/** A minute ago by the clock of a place with this offset, such as `+15:59`. */
function lately(offset: string): string {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  const ahead = (hours * 60 + minutes) * (offset.startsWith('-') ? -60_000 : 60_000);
  return new Date(Date.now() - 60_000 + ahead).toISOString().replace('Z', offset);
}

/** Times that a schema may let through and a database may not, or that mean something else than they seem to. */
export const nastyTime = fc.oneof(
  fc.constantFrom('0000-01-01', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+12:00', '9999-12-31', '9999-12-31T23:59:59Z', '2016-12-31T23:59:60Z', '2026-02-29', '2026-02-30', '2026-13-01', '2026-01-01', '2026-01-01T24:00:00Z', '2026-01-01t00:00:00z', '2026-01-01 00:00:00Z', '+275760-09-13T00:00:00Z', '-000001-01-01T00:00:00Z'),
  fc.constantFrom('2026-01-31T12:00:00+14:00', '2026-01-31T12:00:00+15:59', '2026-01-31T12:00:00+24:00', '2026-01-31T12:00:00-00:00', '2026-01-31T12:00:00', '2026-01-31T12:00Z'),
  fc.constantFrom('2026-01-31T12:00:00+16:00', '2026-01-31T12:00:00-16:00', '2026-01-31T12:00:00+23:59', '2026-01-31T12:00:00-23:59'),
  fc.constantFrom(9, 30).map((digits) => `2026-01-31T12:00:00.${'1'.repeat(digits)}Z`),
  fc.constantFrom(200, 5_000).map((digits) => `2026-01-31T12:00:00.${'1'.repeat(digits)}Z`),
  // Of now, so that only their form is unusual.
  fc.constantFrom('+15:59', '-15:59').map(lately),
  fc.constantFrom('+16:00', '-16:00', '+23:59', '-23:59').map(lately),
  fc.constantFrom(200).map((digits) => lately('+00:00').replace(/\d{3}\+/, `${'1'.repeat(digits)}+`)),
);

export const nastyZone = fc.constantFrom('CET', 'IST', 'EST5EDT', 'MST7MDT', 'Etc/GMT+12', 'Etc/GMT+99', 'GMT0', 'Factory', 'localtime', 'posixrules', 'posix/Europe/Paris', 'right/UTC', 'utc', 'America/New_York', 'Asia/Kathmandu', 'Antarctica/Troll', 'Africa/Monrovia', 'Zulu', 'X5', 'A'.repeat(64));

const words = fc.oneof(
  fc.constantFrom('', '0', '-1', '-0', '1e400', 'NaN', 'null', 'undefined', '\u0000', 'a\u0000b', '\ud800', '\udc00', 'a\udfff', '‮abc', '😀', "'; DROP TABLE events; --", '" OR 1=1', '../../etc/passwd', '%2e%2e%2f', '=1+1', '+1', '-1', '@x', '\t=1'),
  fc.constantFrom('a\r\nb: c', 'a\rb', 'a\nb', '\u001b[31mred', '\u009b31m', '\u2028', '${jndi:ldap://x}', '<script>', '9007199254740993', '-9007199254740993', 'true', '[]', '{}', '__proto__', 'constructor', 'x'.repeat(5_000), '٣', '\ufeff'),
);
/** A place in a list as only the server writes it, but with another time or id in it. */
export const nastyCursor = fc
  .tuple(nastyTime, fc.oneof(fc.uuid(), fc.constantFrom('0123456789abcdef', 'run-1'), words))
  .map((place) => Buffer.from(JSON.stringify(place)).toString('base64url'));

/** Texts that have broken some service before. */
export const nastyText = fc.oneof({ weight: 5, arbitrary: words }, { weight: 3, arbitrary: nastyTime }, { weight: 1, arbitrary: nastyZone }, { weight: 1, arbitrary: nastyCursor }, { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) });

export const nastyNumber: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[0, -1, 0.1, 1e21, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 53 - 1, 2 ** 63],
  ...['-0', '1e400', '-1e400', '9007199254740993', '-9007199254740993', '0.1e-400', '1.0', '1E2', `1${'0'.repeat(400)}`, `0.${'1'.repeat(400)}`, '01', '1.', 'NaN', 'Infinity'].map((text) => new RawJson(text)),
);

/** Any JSON, with what JSON can say and few expect; some of it is none. */
export const nastyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 10, arbitrary: nastyText },
  { weight: 5, arbitrary: nastyNumber },
  { weight: 5, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 5, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], JSON.parse('{"__proto__":{"id":1},"constructor":2}')) },
  { weight: 1, arbitrary: fc.constantFrom(...HUGE_NAMES).map((name) => new RawJson(name)) },
);
