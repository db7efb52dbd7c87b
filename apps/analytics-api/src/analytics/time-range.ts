import { AppError, BUCKET_SECONDS, instant } from '@shadower/domain';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const BUCKET_MS = BUCKET_SECONDS * 1000;
const MAX_RANGE_DAYS = 1_830;
const EARLIEST = Date.UTC(2000, 0);
const LATEST = Date.UTC(2100, 0);

const moment = z
  .union([instant, z.iso.date({ abort: true })], 'must be an RFC 3339 time or a date, such as 2026-01-31T12:00:00Z, 2026-01-31T14:00:00%2B02:00 (a bare + means a space) or 2026-01-31')
  .refine((text) => Date.parse(text) >= EARLIEST && Date.parse(text) <= LATEST, 'must lie between the years 2000 and 2100');
const day = z.iso.date('must be a date, such as 2026-01-31').refine((text) => Date.parse(text) >= EARLIEST && Date.parse(text) <= LATEST, 'must lie between the years 2000 and 2100');

/** A half-open span of time, `[from, to)`. */
export interface TimeRange {
  from: Date;
  to: Date;
}

/** The parameters `from` and `to` of a query over times. */
export const rangeQuery = z.object({
  from: moment.optional().meta({ description: 'start of the range, inclusive; default: one day before `to`' }),
  to: moment.optional().meta({ description: 'end of the range, exclusive; default: now' }),
});

/** The parameters `from` and `to` of a query over days of UTC. */
export const dayRangeQuery = z.object({
  from: day.optional().meta({ description: 'first day (UTC), inclusive; default: 30 days before `to`' }),
  to: day.optional().meta({ description: 'last day (UTC), exclusive; default: tomorrow' }),
});

/** Widens `query` to multiples of `stepMs`, at least those of a bucket. Throws AppError `invalid` when it ends before it begins or is longer than 1,830 days. */
export function rangeOf(query: z.infer<typeof rangeQuery>, now: number, stepMs = BUCKET_MS): TimeRange {
  const to = query.to === undefined ? now : Date.parse(query.to);
  const from = query.from === undefined ? to - DAY_MS : Date.parse(query.from);
  const range = { from: new Date(Math.floor(from / stepMs) * stepMs), to: new Date(Math.ceil(to / stepMs) * stepMs) };
  return checked(range);
}

/** `query` as whole days of UTC. Throws as `rangeOf` does. */
export function dayRangeOf(query: z.infer<typeof dayRangeQuery>, now: number): TimeRange {
  const to = query.to === undefined ? (Math.floor(now / DAY_MS) + 1) * DAY_MS : Date.parse(query.to);
  const from = query.from === undefined ? to - 30 * DAY_MS : Date.parse(query.from);
  return checked({ from: new Date(from), to: new Date(to) });
}

/** The days of UTC that a range touches. */
export const daysOf = ({ from, to }: TimeRange): TimeRange => ({
  from: new Date(Math.floor(from.getTime() / DAY_MS) * DAY_MS),
  to: new Date(Math.ceil(to.getTime() / DAY_MS) * DAY_MS),
});

function checked(range: TimeRange): TimeRange {
  const days = (range.to.getTime() - range.from.getTime()) / DAY_MS;
  if (days <= 0) throw new AppError('invalid', 'The time range is empty.', { errors: [{ pointer: 'to', detail: 'must be later than `from`' }] });
  if (days > MAX_RANGE_DAYS) throw new AppError('invalid', 'The time range is too long.', { errors: [{ pointer: 'from', detail: `must be at most ${MAX_RANGE_DAYS} days before \`to\`` }] });
  return range;
}
