import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { config } from '../config';
import { named } from '../http/api-doc';

const days = z.int().min(1).max(config.EVENTS_MAX_AGE_DAYS);
export const retentionPolicyRequest = z.strictObject({ events_days: days.meta({ description: 'days; older events are rejected, and removed within a day or two' }) });
export type RetentionPolicyRequest = z.infer<typeof retentionPolicyRequest>;

export const retentionPolicySchema = named(
  'RetentionPolicy',
  z.object({
    events_days: days.meta({ description: 'how many days raw events are kept; aggregates computed from them are kept' }),
    is_default: z.boolean().meta({ description: 'true when the workspace has no policy of its own' }),
    kept_from: z.iso.date().nullable().meta({ description: 'the first day (UTC) whose events are all still stored; null when nothing has been removed yet' }),
    updated_at: z.iso.datetime().nullable(),
  }),
);
export type RetentionPolicy = z.infer<typeof retentionPolicySchema>;

const READ = `SELECT p.events_days, p.updated_at, to_char(s.events_from, 'YYYY-MM-DD') AS kept_from FROM (SELECT $1::text AS workspace_id) w
LEFT JOIN retention_policies p ON p.workspace_id = w.workspace_id LEFT JOIN workspace_state s ON s.workspace_id = w.workspace_id`;
const WRITE = `INSERT INTO retention_policies (workspace_id, events_days) VALUES ($1, $2)
ON CONFLICT (workspace_id) DO UPDATE SET events_days = excluded.events_days, updated_at = now()`;

interface Row {
  events_days: number | null;
  updated_at: Date | null;
  kept_from: string | null;
}

/** How long a workspace's events are kept: as it says, but never longer than the system keeps any. */
export async function readRetentionPolicy(runner: QueryRunner, workspaceId: string): Promise<RetentionPolicy> {
  const [row] = (await runner.query(READ, [workspaceId])) as [Row];
  const most = config.EVENTS_MAX_AGE_DAYS;
  return { events_days: Math.min(row.events_days ?? most, most), is_default: row.events_days === null, kept_from: row.kept_from, updated_at: row.updated_at?.toISOString() ?? null };
}

export async function writeRetentionPolicy(runner: QueryRunner, workspaceId: string, { events_days }: RetentionPolicyRequest): Promise<RetentionPolicy> {
  await runner.query(WRITE, [workspaceId, events_days]);
  return readRetentionPolicy(runner, workspaceId);
}
