import { Injectable } from '@nestjs/common';
import { inSystem, inWorkspace } from '@shadower/database';
import { getLogger, updateContext } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { config } from '../config';
import { expireEvents } from './expire-events';

/** One tick's share of the queue for recurring work; the next goes on. */
const TURN_MS = 60_000;
/** The API refuses what is older than the window; what it took in just before, or by the policy before, is not in what is removed: a day lies between. */
const SLACK_DAYS = 1;
const UNSETTLED_POLICY = `interval '10 minutes'`;
/** $1: the clock, $2: days without a policy of the workspace's own. */
const WINDOWS = `
SELECT s.workspace_id, to_char(d.before, 'YYYY-MM-DD') AS before FROM workspace_state s
LEFT JOIN retention_policies p ON p.workspace_id = s.workspace_id
CROSS JOIN LATERAL (SELECT ($1::timestamptz AT TIME ZONE 'UTC')::date - least(coalesce(p.events_days, $2), $2) - ${SLACK_DAYS} AS before) d
WHERE p.updated_at IS NULL OR p.updated_at < $1::timestamptz - ${UNSETTLED_POLICY}
ORDER BY random()`;

/** What somebody has seen to is kept for a quarter, so that no alert of a running month is raised anew; everything else for 400 days. */
const OLD_ALERTS = `DELETE FROM alerts WHERE workspace_id = $1 AND (raised_at < $2::timestamptz - interval '400 days' OR (acknowledged_at IS NOT NULL AND raised_at < $2::timestamptz - interval '90 days'))`;

/** Removes events that are older than their workspace keeps them, old alerts, and the daily partitions that nothing is left in. */
@Injectable()
export class Retention {
  private readonly logger = getLogger('retention');

  constructor(private readonly dataSource: DataSource) {}

  /** What fails for one workspace keeps nobody else's events, nor the partitions; the first such error is thrown in the end. */
  async run(now = new Date()): Promise<void> {
    const begun = performance.now();
    const late = (): boolean => performance.now() - begun > TURN_MS;
    const windows: { workspace_id: string; before: string }[] = await inSystem(this.dataSource, (runner) => runner.query(WINDOWS, [now, config.EVENTS_MAX_AGE_DAYS]));
    const failures: { workspace_id: string; error: unknown }[] = [];
    for (const { workspace_id, before } of windows) {
      if (late()) break;
      updateContext({ workspace_id });
      await this.expire(workspace_id, before, now, late).catch((error: unknown) => failures.push({ workspace_id, error }));
    }
    updateContext({ workspace_id: undefined });
    const newest = windows.reduce((latest, { before }) => (before > latest ? before : latest), '');
    if (newest !== '') await this.dropPartitions(newest);
    const [first] = failures;
    if (!first) return;
    updateContext({ workspace_id: first.workspace_id });
    throw first.error;
  }

  private async expire(workspaceId: string, before: string, now: Date, late: () => boolean): Promise<void> {
    const events = await expireEvents(this.dataSource, workspaceId, before, now, late);
    if (events > 0) this.logger.info({ workspace_id: workspaceId, events, before }, 'events expired');
    await inWorkspace(this.dataSource, workspaceId, (runner) => runner.query(OLD_ALERTS, [workspaceId, now]));
  }

  private async dropPartitions(before: string): Promise<void> {
    const dropped: { day: string }[] = await inSystem(this.dataSource, async (runner) => {
      // Dropping needs a lock on all events; ingest must not queue up behind it for long.
      await runner.query(`SET LOCAL lock_timeout = '2s'`);
      return runner.query('SELECT d::text AS day FROM drop_empty_event_partitions($1::date) d', [before]);
    });
    if (dropped.length > 0) this.logger.info({ days: dropped.map(({ day }) => day) }, 'empty event partitions dropped');
  }
}
