import { inWorkspace } from '@shadower/database';
import type { DataSource, QueryRunner } from 'typeorm';
import { settleWorkspace } from '../rollups/settle-workspace';

const BATCH = 10_000;

/** Keeps rollups away until the commit. */
const LOCK = `SELECT to_char(events_from, 'YYYY-MM-DD') AS day FROM workspace_state WHERE workspace_id = $1 FOR UPDATE`;
/**
 * No event before this day may go that a rollup does not hold yet. Gives the day from which on all events stay, when it moved. That changes what can be
 * answered about the days before, so it begins a generation; whatever it finds as it was voids no kept answer.
 */
const ADVANCE = `
UPDATE workspace_state s SET events_from = n.day, generation = s.generation + 1 FROM (
  SELECT least($2::date,
    (SELECT min(day) FROM rollup_days WHERE workspace_id = $1 AND settled < 96),
    (SELECT min((bucket AT TIME ZONE 'UTC')::date) FROM dirty_buckets WHERE workspace_id = $1)) AS day
) n
WHERE s.workspace_id = $1 AND (s.events_from IS NULL OR s.events_from < n.day)
RETURNING to_char(s.events_from, 'YYYY-MM-DD') AS day`;
const BEFORE = `< $2::date::timestamp AT TIME ZONE 'UTC'`;
/** The day stands on both sides as a value, so that only the partitions before it are opened, and only the workspace's rows of those are read. */
const EXPIRED = `
WITH gone AS (
  DELETE FROM events e USING (
    SELECT x.time, x.event_id FROM events x WHERE x.workspace_id = $1 AND x.time ${BEFORE} ORDER BY x.time LIMIT ${BATCH}
  ) old WHERE e.workspace_id = $1 AND e.time ${BEFORE} AND e.time = old.time AND e.event_id = old.event_id RETURNING 1
)
SELECT count(*)::int AS n FROM gone`;

/**
 * Removes a workspace's events of the days before `before` (a day of UTC, 2026-01-31), after their days are settled: the rollups keep what they
 * said, and are never computed again. Ends early when `stop` says so; the next call goes on. Gives how many events went.
 */
export async function expireEvents(dataSource: DataSource, workspaceId: string, before: string, now: Date, stop: () => boolean = () => false): Promise<number> {
  await settleWorkspace(dataSource, workspaceId, now, stop);
  const from = await inWorkspace(dataSource, workspaceId, (runner) => advance(runner, workspaceId, before));
  let removed = 0;
  for (let batch = BATCH; from && batch === BATCH && !stop(); removed += batch) batch = await inWorkspace(dataSource, workspaceId, (runner) => removeBatch(runner, workspaceId, from));
  return removed;
}

/** The day from which on the workspace's events stay. */
async function advance(runner: QueryRunner, workspaceId: string, before: string): Promise<string | undefined> {
  const [held]: { day: string | null }[] = await runner.query(LOCK, [workspaceId]);
  const [[moved]]: [{ day: string }[], number] = await runner.query(ADVANCE, [workspaceId, before]);
  return moved?.day ?? held?.day ?? undefined;
}

async function removeBatch(runner: QueryRunner, workspaceId: string, from: string): Promise<number> {
  const [gone]: { n: number }[] = await runner.query(EXPIRED, [workspaceId, from]);
  return gone?.n ?? 0;
}
