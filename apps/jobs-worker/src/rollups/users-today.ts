import type { QueryRunner } from 'typeorm';

const USERS = `SELECT coalesce(sum(bit_count(bits)), 0) AS users FROM active_bits WHERE workspace_id = $1 AND day = ($2::timestamptz AT TIME ZONE 'UTC')::date`;

/** How many distinct users the rollup knows of for the day of `now` (UTC). */
export async function usersToday(runner: QueryRunner, workspaceId: string, now: Date): Promise<number> {
  const [row] = (await runner.query(USERS, [workspaceId, now])) as [{ users: string }];
  return Number(row.users);
}
