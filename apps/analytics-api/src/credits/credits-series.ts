import { factsOf } from '@shadower/database';
import { AppError, normalizeCredits } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from '../analytics/meta';
import { MAX_POINTS } from '../analytics/steps';
import { rangeQuery, type TimeRange } from '../analytics/time-range';

export const STEPS_MS = { '15m': 900_000, hour: 3_600_000, day: 86_400_000 } as const;
const credits = z.string().meta({ description: 'exact decimal' });

export const creditsQuery = rangeQuery.extend({ granularity: z.enum(['15m', 'hour', 'day']).default('hour').meta({ description: 'the length of a point (UTC)' }) });

export const creditsSchema = named(
  'CreditsSeries',
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    granularity: z.enum(['15m', 'hour', 'day']),
    total: credits,
    points: z.array(z.object({ time: z.iso.datetime(), credits })).meta({ description: 'every step of the range, including those without consumption' }),
    meta: metaSchema,
  }),
);
export type CreditsSeries = z.infer<typeof creditsSchema>;

/** One row a step that has any, and one without a time: the total. */
const CREDITS = `WITH ${factsOf('$1', '$2::timestamptz', '$3::timestamptz')}
SELECT date_bin($4::interval, bucket, timestamptz '2000-01-01 00:00:00+00') AS time, coalesce(sum(credits), 0) AS credits, (SELECT count(*) FROM dirty) AS dirty, transaction_timestamp() AS at
FROM facts GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS FIRST`;

interface Row {
  time: Date | null;
  credits: string;
  dirty: string;
  at: Date;
}


/** The credits consumed in each step of `range`, which must lie on multiples of the step. Throws AppError `invalid` for more than 2,000 points. */
export async function creditsOf(runner: QueryRunner, workspaceId: string, range: TimeRange, granularity: keyof typeof STEPS_MS, now: number): Promise<CreditsSeries> {
  const step = STEPS_MS[granularity];
  const count = (range.to.getTime() - range.from.getTime()) / step;
  if (count > MAX_POINTS) throw new AppError('invalid', 'The result would have too many points.', { errors: [{ pointer: 'granularity', detail: `must give at most ${MAX_POINTS} points; this gives ${count}` }] });
  const [total, ...rows] = (await runner.query(CREDITS, [workspaceId, range.from, range.to, `${step} milliseconds`])) as [Row, ...Row[]];
  const consumed = new Map(rows.map((row) => [row.time?.getTime(), normalizeCredits(row.credits)]));
  const times = Array.from({ length: count }, (_, index) => range.from.getTime() + index * step);
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    granularity,
    total: normalizeCredits(total.credits),
    points: times.map((time) => ({ time: new Date(time).toISOString(), credits: consumed.get(time) ?? '0' })),
    meta: metaOf(Number(total.dirty), total.at, now),
  };
}

/** The credits consumed in `range`, and how much of that is not in the rollups yet. */
export async function creditsUsed(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange): Promise<{ used: string; dirty: number; at: Date }> {
  const [total] = (await runner.query(CREDITS, [workspaceId, from, to, '1 day'])) as [Row];
  return { used: normalizeCredits(total.credits), dirty: Number(total.dirty), at: total.at };
}
