import { distinctUsers, readActiveDays, type ActiveDay } from '@shadower/database';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { metaOf, metaSchema } from './meta';
import type { TimeRange } from './time-range';

export const activeUsersSchema = named(
  'ActiveUsers',
  z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    days: z.array(
      z.object({
        day: z.iso.date(),
        dau: z.int().meta({ description: 'distinct users of the day (UTC)' }),
        wau: z.int().meta({ description: 'distinct users of the 7 days that end with it' }),
        mau: z.int().meta({ description: 'distinct users of the 30 days that end with it' }),
        stickiness: z.number().nullable().meta({ description: 'dau / mau' }),
      }),
    ),
    meta: metaSchema,
  }),
);
export type ActiveUsers = z.infer<typeof activeUsersSchema>;

const USERS = distinctUsers('$1', '$2::timestamptz', '$3::timestamptz');

/** How many distinct users were active in a span of whole days. */
export async function usersOfDays(runner: QueryRunner, workspaceId: string, { from, to }: TimeRange): Promise<number> {
  const [row] = (await runner.query(USERS, [workspaceId, from, to])) as [{ users: string }];
  return Number(row.users);
}

/** Daily, weekly and monthly active users of each day of `range` (whole days of UTC). */
export async function activeUsersOf(runner: QueryRunner, workspaceId: string, range: TimeRange, now: number): Promise<ActiveUsers> {
  const rows = (await readActiveDays(runner, workspaceId, range)) as [ActiveDay, ...ActiveDay[]];
  return {
    from: range.from.toISOString().slice(0, 10),
    to: range.to.toISOString().slice(0, 10),
    days: rows.map(({ day, dau, wau, mau }) => ({ day, dau, wau, mau, stickiness: mau === 0 ? null : Number((dau / mau).toFixed(4)) })),
    meta: metaOf(Number(rows[0].dirty), rows[0].at, now),
  };
}
