import { periodOf } from './quota';

it.each([
  ['day', '2026-02-28T23:59:59.999Z', '2026-02-28', '2026-03-01'],
  ['week', '2026-03-01T12:00:00Z', '2026-02-23', '2026-03-02'],
  ['week', '2026-03-02T00:00:00Z', '2026-03-02', '2026-03-09'],
  ['month', '2026-12-31T23:00:00Z', '2026-12-01', '2027-01-01'],
] as const)('the %s of %s runs from %s to %s', (period, now, from, to) => {
  expect(periodOf(period, Date.parse(now))).toEqual({ from: new Date(from), to: new Date(to) });
});
