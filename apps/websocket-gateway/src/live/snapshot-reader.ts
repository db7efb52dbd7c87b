import { Injectable } from '@nestjs/common';
import { activeUserRows, changedBucketOf, dirtyBuckets, factsOf, inWorkspace, USERS_PER_CHUNK, type RollupRow } from '@shadower/database';
import { rowsOfChannel, type ChangedBucket, type LiveChannel, type LiveSnapshot } from '@shadower/domain';
import { DataSource } from 'typeorm';
import { FreshReads } from './fresh-reads';

const TODAY = [`$2::timestamptz`, `$2::timestamptz + interval '1 day'`] as const;

const ROWS = `WITH ${factsOf('$1', ...TODAY)}
SELECT bucket, kind, events, succeeded, failed, credits::text, context_tokens, generated_tokens FROM facts ORDER BY bucket, kind`;

/** Users counted by the bitmaps, and those whom only dirty buckets know. */
const ACTIVE_USERS = `WITH ${dirtyBuckets('$1', ...TODAY)},
fresh AS (SELECT DISTINCT user_id FROM (${activeUserRows('$1', 'dirty')}) a)
SELECT (SELECT coalesce(sum(bit_count(bits)), 0) FROM active_bits WHERE workspace_id = $1 AND day = ($2::timestamptz AT TIME ZONE 'UTC')::date)
  + (SELECT count(*) FROM fresh f
     LEFT JOIN workspace_users u ON u.workspace_id = $1 AND u.user_id = f.user_id
     LEFT JOIN active_bits b ON b.workspace_id = $1 AND b.day = ($2::timestamptz AT TIME ZONE 'UTC')::date AND b.chunk = u.user_no / ${USERS_PER_CHUNK}
     WHERE coalesce(get_bit(b.bits, u.user_no % ${USERS_PER_CHUNK}), 0) = 0) AS active_users`;

type Today = Omit<LiveSnapshot, 'buckets'> & { rows: ChangedBucket[] };

/** Reads what a new subscriber starts from: the rows of today (UTC), exact and fresh. */
@Injectable()
export class SnapshotReader {
  private readonly reads = new FreshReads((workspaceId) => this.read(workspaceId, new Date()));

  constructor(private readonly dataSource: DataSource) {}

  /** A snapshot that was read after this call. Throws AppError `unavailable` when PostgreSQL does not serve it. */
  async fresh(workspaceId: string, ch: LiveChannel): Promise<LiveSnapshot> {
    const { rows, ...facts } = await this.reads.get(workspaceId);
    return { ...facts, buckets: rowsOfChannel(ch, rows) ?? [] };
  }

  private read(workspaceId: string, now: Date): Promise<Today> {
    const day = now.toISOString().slice(0, 10);
    return inWorkspace(this.dataSource, workspaceId, async (runner) => {
      const rows = (await runner.query(ROWS, [workspaceId, `${day}T00:00:00Z`])) as RollupRow[];
      const [users] = (await runner.query(ACTIVE_USERS, [workspaceId, `${day}T00:00:00Z`])) as [{ active_users: string }];
      return { day, active_users: Number(users.active_users), rows: rows.map(changedBucketOf) };
    });
  }
}
