import { instant } from './instant';

const told = (text: string): string[] => instant.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

test.each(['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123456789+15:59', '0001-01-01T00:00:00-15:59', '9999-12-31T23:59:59Z', `2026-01-31T12:00:00.${'1'.repeat(19)}Z`])('%s is a moment', (text) => {
  expect(told(text)).toEqual([]);
});

test.each([
  ['2026-01-31', /RFC 3339/],
  ['2026-01-31T12:00Z', /RFC 3339/],
  ['2026-02-30T00:00:00Z', /RFC 3339/],
  ['2026-01-31T12:00:00', /RFC 3339/],
  ['x'.repeat(1_000), /RFC 3339/],
  ['2026-01-31T12:00:00+16:00', /offset of at most 15:59/],
  ['2026-01-31T12:00:00-23:59', /offset of at most 15:59/],
  ['0000-12-31T12:00:00Z', /year 1/],
  [`2026-01-31T12:00:00.${'1'.repeat(20)}Z`, /at most 40 characters/],
  [`2026-01-31T12:00:00.${'1'.repeat(10_000)}Z`, /at most 40 characters/],
])('%.40s is none, for one reason', (text, reason) => {
  expect(told(text)).toEqual([expect.stringMatching(reason)]);
});
