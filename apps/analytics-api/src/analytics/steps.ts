import { StatementError } from '@shadower/database';
import { AppError, BUCKET_SECONDS } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import type { TimeRange } from './time-range';

export const GRANULARITIES = ['15m', 'hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof GRANULARITIES)[number];
export const MAX_POINTS = 2_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** At least how long a step is, to refuse a span that gives too many before they are made. */
const SHORTEST_MS: Record<Granularity, number> = { '15m': BUCKET_SECONDS * 1000, hour: HOUR_MS, day: 23 * HOUR_MS, week: 7 * DAY_MS - HOUR_MS, month: 28 * DAY_MS - HOUR_MS };

/** With a region, or UTC: PostgreSQL takes a bare word for an abbreviation first, so that CET would have no summer and IST be Israel's. */
const UNAMBIGUOUS = /^(UTC$|[A-Za-z][\w+-]*\/)/i;

function isTimeZone(name: string): boolean {
  if (!UNAMBIGUOUS.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** `UTC` or an IANA name with a slash; not an offset such as +02:00, whose sign PostgreSQL reads the other way round. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'must be UTC or an IANA time zone with its region, such as Europe/Berlin or Etc/GMT-1; not an abbreviation or an offset');

/** A granularity that gives a few dozen to a few hundred points. */
export function autoGranularity({ from, to }: TimeRange): Granularity {
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (days <= 2) return '15m';
  if (days <= 14) return 'hour';
  if (days <= 200) return 'day';
  return days <= 1_000 ? 'week' : 'month';
}

/**
 * Calendar steps begin with the first moment of a local day, which may have 23 or 25 hours. Where clocks go back at midnight, midnight comes twice
 * and PostgreSQL gives the second; where they go forward, it gives the moment after the gap. $1 and $2: the span, $3: the zone, $4: the step.
 */
const CALENDAR = `SELECT CASE WHEN (at - interval '1 hour') AT TIME ZONE $3 = local THEN at - interval '1 hour' ELSE at END AS at
FROM generate_series(
  date_trunc($4, $1::timestamptz AT TIME ZONE $3), date_trunc($4, ($2::timestamptz - interval '1 microsecond') AT TIME ZONE $3) + ('1 ' || $4)::interval, ('1 ' || $4)::interval
) local, LATERAL (SELECT local AT TIME ZONE $3 AS at) a ORDER BY 1`;
/** Hours are counted in real time from the last full local hour, so that an hour which the clocks repeat stays two. */
const CLOCK = `SELECT at FROM (SELECT $1::timestamptz - (extract(minute FROM $1::timestamptz AT TIME ZONE $3)::int % ($4::int / 60)) * interval '1 minute' AS first) f,
  generate_series(first, $2::timestamptz + ($4::int - 1) * interval '1 second', $4::int * interval '1 second') at`;

/**
 * The bounds of the steps that cover `range`, one more than there are steps; all are bounds of buckets.
 * Throws AppError `invalid` for more than 2,000 steps or a time zone that PostgreSQL does not know.
 */
export async function stepsOf(runner: QueryRunner, range: TimeRange, granularity: Granularity, zone: string): Promise<Date[]> {
  const most = Math.floor((range.to.getTime() - range.from.getTime()) / SHORTEST_MS[granularity]);
  if (most > MAX_POINTS + 2) throw tooMany(most);
  const clock = granularity === '15m' ? BUCKET_SECONDS : granularity === 'hour' ? 3_600 : undefined;
  try {
    const rows = (await runner.query(clock ? CLOCK : CALENDAR, [range.from, range.to, zone, clock ?? granularity])) as { at: Date }[];
    if (rows.length - 1 > MAX_POINTS) throw tooMany(rows.length - 1);
    return rows.map(({ at }) => at);
  } catch (error) {
    if ((error as { code?: string }).code === '22023' || (error instanceof StatementError && error.sqlState === '22023')) {
      throw new AppError('invalid', 'The time zone is unknown.', { errors: [{ pointer: 'timezone', detail: 'must be an IANA time zone that the server knows' }] });
    }
    throw error;
  }
}

const tooMany = (count: number): AppError =>
  new AppError('invalid', 'The result would have too many points.', { errors: [{ pointer: 'granularity', detail: `must give at most ${MAX_POINTS} points; this gives ${count}` }] });
