import { BUCKET_SECONDS, bucketOf, spikeBound } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { alertOf, type AlertRow, type RaisedAlert } from './alert-row';

const WEEK_MS = 7 * 86_400_000;
const WEEKS = 8;

/** What is watched, and by how much in its own unit it must exceed the usual at least. */
const FLOORS = { credits: 10, failed: 10, events: 100 } as const;
type Watched = keyof typeof FLOORS;

/** For every workspace that has something in the newest slot: its sums in each slot, by key look-ups only. */
const SLOTS = `
SELECT w.workspace_id, f.bucket AS first_bucket, s.bucket, s.credits, s.failed, s.events
FROM workspace_state w
CROSS JOIN LATERAL (SELECT bucket FROM rollup_15m r WHERE r.workspace_id = w.workspace_id ORDER BY bucket LIMIT 1) f
CROSS JOIN LATERAL (
  SELECT r.bucket, sum(r.credits)::float8 AS credits, sum(r.failed)::float8 AS failed, sum(r.events)::float8 AS events FROM rollup_15m r
  WHERE r.workspace_id = w.workspace_id AND r.bucket = ANY ($1::timestamptz[]) GROUP BY r.bucket
) s
WHERE EXISTS (SELECT FROM rollup_15m r WHERE r.workspace_id = w.workspace_id AND r.bucket = $2)
ORDER BY w.workspace_id`;

const RAISE = `
INSERT INTO alerts (workspace_id, kind, subject, raised_at, details)
SELECT workspace_id, 'spike', subject, $1, details FROM jsonb_to_recordset($2) AS a(workspace_id text, subject text, details jsonb)
ON CONFLICT DO NOTHING
RETURNING workspace_id, id, kind, subject, raised_at, details`;

export interface SlotRow extends Record<Watched, number> {
  workspace_id: string;
  first_bucket: Date;
  bucket: Date;
}

interface Spike {
  workspace_id: string;
  subject: string;
  details: { metric: Watched; bucket: string; value: number; usual: number; bound: number };
}

/** The start of the last quarter of an hour that is over, and of the same one in the weeks before it. */
export function slotsBefore(now: Date): [closed: Date, ...earlier: Date[]] {
  const closed = bucketOf(now).getTime() - BUCKET_SECONDS * 1_000;
  return [new Date(closed), ...Array.from({ length: WEEKS }, (_, week) => new Date(closed - (week + 1) * WEEK_MS))];
}

/** The spikes of one workspace. A slot without a row counts as 0 when the workspace was there already, and not at all before. */
export function spikesOf(rows: readonly SlotRow[], [closed, ...earlier]: readonly [Date, ...Date[]]): Spike[] {
  const bySlot = new Map(rows.map((row) => [row.bucket.getTime(), row]));
  const newest = bySlot.get(closed.getTime());
  if (!newest) return [];
  const slots = earlier.filter((slot) => slot >= newest.first_bucket);
  return (Object.keys(FLOORS) as Watched[]).flatMap((metric) => {
    const limit = spikeBound(slots.map((slot) => bySlot.get(slot.getTime())?.[metric] ?? 0), FLOORS[metric]);
    if (!limit || newest[metric] <= limit.bound) return [];
    const details = { metric, bucket: closed.toISOString(), value: newest[metric], ...limit };
    return [{ workspace_id: newest.workspace_id, subject: `${metric} at ${closed.toISOString()}`, details }];
  });
}

/** Compares every workspace's last full quarter of an hour with the same one of earlier weeks; returns the alerts that are new. */
export async function raiseSpikeAlerts(runner: QueryRunner, now: Date): Promise<RaisedAlert[]> {
  const slots = slotsBefore(now);
  const rows: SlotRow[] = await runner.query(SLOTS, [slots, slots[0]]);
  const spikes = [...Map.groupBy(rows, ({ workspace_id }) => workspace_id).values()].flatMap((own) => spikesOf(own, slots));
  if (spikes.length === 0) return [];
  const raised: AlertRow[] = await runner.query(RAISE, [now, JSON.stringify(spikes)]);
  return raised.map(alertOf);
}
