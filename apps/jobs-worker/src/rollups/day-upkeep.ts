import { Injectable } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { BUCKET_SECONDS } from '@shadower/domain';
import { getLogger, updateContext } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { settleWorkspace } from './settle-workspace';

/** One tick's share of the queue for recurring work; the next goes on. */
const TURN_MS = 20_000;
/** The first open bucket must have been over for another quarter of an hour: that is when `settleDays` settles it. */
const WITH_OPEN_DAYS = `
SELECT workspace_id FROM rollup_days
WHERE settled < 96 AND day::timestamp AT TIME ZONE 'UTC' + (settled + 2) * interval '${BUCKET_SECONDS} seconds' <= $1
GROUP BY workspace_id ORDER BY random() LIMIT 1000`;

/** Settles the days of all workspaces in which something is over, and keeps their active users: seldom, and away from the rollups that people wait for. */
@Injectable()
export class DayUpkeep {
  private readonly logger = getLogger('rollups');

  constructor(private readonly dataSource: DataSource) {}

  async settle(now = new Date()): Promise<void> {
    const begun = performance.now();
    const late = (): boolean => performance.now() - begun > TURN_MS;
    const found: { workspace_id: string }[] = await inSystem(this.dataSource, (runner) => runner.query(WITH_OPEN_DAYS, [now]));
    for (const { workspace_id } of found) {
      if (late()) return;
      updateContext({ workspace_id });
      const days = await settleWorkspace(this.dataSource, workspace_id, now, late);
      if (days.length > 0) this.logger.debug({ days }, 'days settled');
    }
  }
}
