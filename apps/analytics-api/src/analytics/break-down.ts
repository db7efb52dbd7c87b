import { AppError, cleanText, DIMENSIONS, EVENT_TYPES, type Dimension } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';

const DAY_MS = 86_400_000;
/** Days of which an answer by agent, model or user may have to read the raw events: what is left of more than these costs seconds in a large workspace. */
const MAX_RAW_DAYS = 8;
/** Days of which a percentile may have to merge the histograms of quarters of an hour: a day with 96 of 30 bins for each of 3 kinds takes 10 ms, a statement may take 4 s. Enough for the weeks of the longest span. */
const MAX_MERGED_DAYS = 270;

/** One value of one dimension. */
export interface Filter {
  dimension: Dimension;
  key: string;
}

/** The parameter `filter`, such as `agent:greeter`. */
export const filter = z
  .string()
  .regex(new RegExp(`^(${DIMENSIONS.join('|')}):.`, 's'), `must be one of ${DIMENSIONS.map((dimension) => `${dimension}:VALUE`).join(', ')}`)
  .transform((text): Filter => ({ dimension: text.slice(0, text.indexOf(':')) as Dimension, key: text.slice(text.indexOf(':') + 1) }))
  .refine(({ key }) => cleanText(128).safeParse(key).success, 'must name a value of 1 to 128 characters without control characters')
  .refine(({ dimension, key }) => dimension !== 'kind' || (EVENT_TYPES as readonly string[]).includes(key), `must name a type of event: ${EVENT_TYPES.join(', ')}`);

/** What an answer is broken down by. Throws AppError `invalid` for two dimensions at once: no rollup holds their cross product. */
export function dimensionOf(groupBy: Dimension | undefined, chosen: Filter | undefined): Dimension {
  if (groupBy && chosen && groupBy !== chosen.dimension) {
    throw new AppError('invalid', 'A metric can be broken down by one dimension at a time.', {
      errors: [{ pointer: 'filter', detail: `must be of the dimension of group_by, ${groupBy}` }],
    });
  }
  return groupBy ?? chosen?.dimension ?? 'kind';
}

/** Histograms by key and day of which an answer may merge: a hundred agents in a year, or twenty in five. */
const MAX_MERGED_KEY_DAYS = 40_000;

/** Throws AppError `invalid` when a percentile of each of `limit` keys would merge too many histograms. */
export function assertMergeableKeys({ from, to }: { from: Date; to: Date }, dimension: Dimension, limit: number): void {
  const days = Math.ceil((to.getTime() - from.getTime()) / DAY_MS);
  if (dimension === 'kind' || days * limit <= MAX_MERGED_KEY_DAYS) return;
  const detail = `for a percentile by ${dimension} over ${days} days, must be at most ${Math.floor(MAX_MERGED_KEY_DAYS / days)}`;
  throw new AppError('invalid', 'The query would merge too many histograms.', { errors: [{ pointer: 'limit', detail }] });
}

const cutDays = (bounds: Date[]): Date[] => bounds.filter((bound) => bound.getTime() % DAY_MS !== 0);
const daysAmong = (bounds: Date[]): number => new Set(bounds.map((bound) => Math.floor(bound.getTime() / DAY_MS))).size;

/** Histograms are kept by day of UTC and by quarter of an hour: throws AppError `invalid` when steps begin within too many of those days. */
export function assertMergeable(bounds: Date[]): void {
  const days = daysAmong(cutDays(bounds));
  if (days <= MAX_MERGED_DAYS) return;
  const detail = `for a percentile, at most ${MAX_MERGED_DAYS} days of UTC may be cut by the bounds of steps; this cuts ${days}; weeks and months cut fewer, days of UTC none`;
  throw new AppError('invalid', 'The query would merge too many histograms.', { errors: [{ pointer: 'granularity', detail }] });
}

/**
 * Agents, models and users are kept by day of UTC. Where a step begins within one, its raw events are read: throws AppError `invalid`
 * when those would be too many, or are not kept any more.
 */
export async function assertReadable(runner: QueryRunner, workspaceId: string, dimension: Dimension, bounds: Date[]): Promise<void> {
  const split = cutDays(bounds);
  if (dimension === 'kind' || split.length === 0) return;
  const days = daysAmong(split);
  const whole = 'with whole days of UTC there is no such limit';
  if (days > MAX_RAW_DAYS) {
    throw new AppError('invalid', 'The query would read too many raw events.', {
      errors: [
        {
          pointer: 'granularity',
          detail: `by ${dimension}, at most ${MAX_RAW_DAYS} days may be cut by the bounds of steps; this cuts ${days}; ${whole}`,
        },
      ],
    });
  }
  const [state] = (await runner.query(`SELECT events_from AS "from" FROM workspace_state WHERE workspace_id = $1 AND events_from > $2::timestamptz AT TIME ZONE 'UTC'`, [workspaceId, split[0]])) as { from: Date }[];
  if (state)
    throw new AppError('invalid', 'The raw events of that time range are no longer stored.', {
      errors: [{ pointer: 'from', detail: `by ${dimension}, days before the retention window can only be read whole; ${whole}` }],
    });
}
