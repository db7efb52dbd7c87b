import { Injectable } from '@nestjs/common';
import { changedBucketOf, distinctUsers, factsOf, inWorkspace, type RollupRow } from '@shadower/database';
import { rowsOfChannel, type ChangedBucket, type LiveChannel, type LiveSnapshot } from '@shadower/domain';
import { DataSource } from 'typeorm';
import { FreshReads } from './fresh-reads';

const TODAY = [`$2::timestamptz`, `($2::timestamptz + interval '24 hours')`] as const;

const ROWS = `WITH ${factsOf('$1', ...TODAY)}
SELECT bucket, kind, events, succeeded, failed, credits::text, context_tokens, generated_tokens FROM facts ORDER BY bucket, kind`;

const ACTIVE_USERS = distinctUsers('$1', ...TODAY);

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
      const [active] = (await runner.query(ACTIVE_USERS, [workspaceId, `${day}T00:00:00Z`])) as [{ users: string }];
      return { day, active_users: Number(active.users), rows: rows.map(changedBucketOf) };
    });
  }
}
