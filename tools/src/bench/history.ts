import { BUCKET_SECONDS } from '@shadower/domain';
import type { Client } from 'pg';

export interface History {
  workspace: string;
  events: number;
  days: number;
  users: number;
}

/**
 * Writes plausible events evenly over the last days straight into the database, as superuser (the API would take minutes for ten million),
 * and marks every bucket they touch, as the API does: the real worker rolls them up.
 */
export async function writeHistory(client: Client, { workspace, events, days, users }: History): Promise<void> {
  await client.query('SELECT ensure_event_partition(day::date) FROM generate_series((now() AT TIME ZONE \'UTC\')::date - $1::int, (now() AT TIME ZONE \'UTC\')::date, interval \'1 day\') day', [Math.min(days, 31)]);
  await client.query(
    `INSERT INTO events (workspace_id, time, event_id, type, user_id, agent_id, execution_id, status, model, credits, duration_ms, context_tokens, generated_tokens)
     SELECT $1, now() - interval '1 minute' - (n::float8 / $2) * $3 * interval '1 day', 'h' || n,
       CASE WHEN n % 20 = 0 THEN 'execution.failed' WHEN n % 4 = 0 THEN 'user.active' WHEN n % 4 = 1 THEN 'execution.started' ELSE 'execution.completed' END,
       'user-' || (hashint8(n) & 2147483647) % $4, 'agent-' || n % 12, 'run-' || n, CASE WHEN n % 20 = 0 THEN 'failed' WHEN n % 4 > 1 THEN 'succeeded' END, 'model-' || n % 4,
       CASE WHEN n % 4 > 1 THEN (n % 997)::numeric / 100 END, CASE WHEN n % 4 > 1 THEN 200 + n % 30000 END, n % 5000, n % 700
     FROM generate_series(1::bigint, $2::bigint) n`,
    [workspace, events, days, users],
  );
  await client.query(
    `INSERT INTO dirty_buckets (workspace_id, bucket)
     SELECT $1, bucket FROM generate_series(date_bin(interval '${BUCKET_SECONDS} seconds', now() - interval '1 minute' - $2 * interval '1 day', timestamptz '2000-01-01 00:00:00+00'), now(), interval '${BUCKET_SECONDS} seconds') bucket`,
    [workspace, days],
  );
}

/** How many buckets of a workspace the worker has yet to roll up. */
export async function dirtyCount(client: Client, workspace: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM dirty_buckets WHERE workspace_id = $1', [workspace]);
  return Number(rows[0]?.count);
}

/** How many of its past days the worker has yet to settle; it leaves a day alone until that has been over for a quarter of an hour. */
export async function openDays(client: Client, workspace: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM rollup_days WHERE workspace_id = $1 AND settled < 96 AND day < ((now() - interval '20 minutes') AT TIME ZONE 'UTC')::date`, [workspace]);
  return Number(rows[0]?.count);
}
