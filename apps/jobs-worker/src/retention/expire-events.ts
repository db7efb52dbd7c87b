import { inWorkspace, NEXT_GENERATION } from '@shadower/database';
import type { DataSource, QueryRunner } from 'typeorm';
import { settleDays } from '../rollups/settle-days';

const BATCH = 10_000;

/** No event before this day may go that a rollup does not hold yet. Gives the day from which on all events stay, when it moved. */
const ADVANCE = `
UPDATE workspace_state s SET events_from = greatest(s.events_from, least($2::date,
  (SELECT min(day) FROM rollup_days WHERE workspace_id = $1 AND settled < 96),
  (SELECT min((bucket AT TIME ZONE 'UTC')::date) FROM dirty_buckets WHERE workspace_id = $1)))
WHERE s.workspace_id = $1 AND (s.events_from IS NULL OR s.events_from < $2::date)`;
const EXPIRED = `
WITH gone AS (
  DELETE FROM events e USING (
    SELECT x.time, x.event_id FROM workspace_state s JOIN events x ON x.workspace_id = s.workspace_id AND x.time < s.events_from::timestamp AT TIME ZONE 'UTC'
    WHERE s.workspace_id = $1 ORDER BY x.time LIMIT ${BATCH}
  ) old WHERE e.workspace_id = $1 AND e.time = old.time AND e.event_id = old.event_id RETURNING 1
)
SELECT count(*)::int AS n FROM gone`;

/**
 * Removes a workspace's events of the days before `before` (a day of UTC, 2026-01-31), after their days are settled: the rollups keep what they
 * said, and are never computed again. Ends early when `stop` says so; the next call goes on. Gives how many events went.
 */
export async function expireEvents(dataSource: DataSource, workspaceId: string, before: string, now: Date, stop: () => boolean = () => false): Promise<number> {
  await settleDays(dataSource, workspaceId, now, stop);
  await inWorkspace(dataSource, workspaceId, async (runner) => {
    await runner.query(NEXT_GENERATION, [workspaceId]);
    await runner.query(ADVANCE, [workspaceId, before]);
  });
  let removed = 0;
  for (let batch = BATCH; batch === BATCH && !stop(); removed += batch) batch = await inWorkspace(dataSource, workspaceId, (runner) => removeBatch(runner, workspaceId));
  return removed;
}

async function removeBatch(runner: QueryRunner, workspaceId: string): Promise<number> {
  const [gone]: { n: number }[] = await runner.query(EXPIRED, [workspaceId]);
  return gone?.n ?? 0;
}
