import { AppError, instant } from '@shadower/domain';
import { z } from 'zod';

/** The parameters of every list: keyset pagination, so that a page stays right while rows are added. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'maximum number of items per page' }),
  cursor: z.string().max(1_024).optional().meta({ description: '`next_cursor` of the previous page' }),
});

/** A list's answer around its items. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable().meta({ description: 'null on the last page' }) });

/** The last item of a page: when (with microseconds, as text) and which; and for a list whose span ends now unless told otherwise, what `now` was on its first page. */
export type Position = [time: string, id: string, asOf?: string];

export const cursorOf = (at: Position): string => Buffer.from(JSON.stringify(at)).toString('base64url');

/** `id`: what the ids of this list look like. Throws AppError `bad_request` for what is no cursor of ours. */
export function positionOf(cursor: string | undefined, id: z.ZodType<string>): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    return z.tuple([instant, id, instant.optional()]).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new AppError('bad_request', 'The cursor is invalid.', { errors: [{ pointer: 'cursor', detail: 'must be the next_cursor of an earlier answer' }] });
  }
}

/** The moment that a list counts from: a later page covers the span of the first one. */
export const asOfPage = (at: Position | undefined, now: number): number => (at?.[2] === undefined ? now : Date.parse(at[2]));

/** Cuts the surplus row, which tells that there is another page, and names the place to go on from. */
export function paged<T>(rows: T[], limit: number, place: (row: T) => Position): { rows: T[]; next_cursor: string | null } {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { rows: rows.slice(0, limit), next_cursor: last === undefined ? null : cursorOf(place(last)) };
}

/** SQL of a timestamptz as RFC 3339 with microseconds: a JavaScript Date would cut them, and a cursor would skip or repeat rows. */
export const exactTime = (expression: string): string => `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
