import { Injectable } from '@nestjs/common';
import { changedBucketOf, distinctUsers, exportProgressOf, factsOf, inWorkspace, newestExports, type RollupRow } from '@shadower/database';
import { rowsOfChannel, type ChangedBucket, type ExportsSnapshot, type LiveChannel, type LiveSnapshot } from '@shadower/domain';
import { DataSource, type QueryRunner } from 'typeorm';
import { FreshReads } from './fresh-reads';

const DAY_MS = 86_400_000;
const TODAY = ['$2::timestamptz', '$3::timestamptz'] as const;

const ROWS = `WITH ${factsOf('$1', ...TODAY)}
SELECT bucket, kind, events, succeeded, failed, credits::text, context_tokens, generated_tokens FROM facts ORDER BY bucket, kind`;

const ACTIVE_USERS = distinctUsers('$1', ...TODAY);

type Today = Omit<LiveSnapshot, 'buckets'> & { rows: ChangedBucket[] };

const MOST_EXPORTS = 20;

/** Reads what a new subscriber starts from, fresh: the rows of today (UTC), exact, or how far the exports have come. */
@Injectable()
export class SnapshotReader {
  private readonly today = new FreshReads((workspaceId) => this.readToday(workspaceId, new Date()));
  private readonly exports = new FreshReads((workspaceId) => this.readExports(workspaceId));

  constructor(private readonly dataSource: DataSource) {}

  /** A snapshot that was read after this call; null for alerts, each of which is news once. Throws AppError `unavailable` when PostgreSQL does not serve it. */
  async fresh(workspaceId: string, ch: LiveChannel): Promise<LiveSnapshot | ExportsSnapshot | null> {
    if (ch === 'alerts') return null;
    if (ch === 'exports') return this.exports.get(workspaceId);
    const { rows, ...facts } = await this.today.get(workspaceId);
    return { ...facts, buckets: rowsOfChannel(ch, rows) ?? [] };
  }

  private readExports(workspaceId: string): Promise<ExportsSnapshot> {
    return inWorkspace(this.dataSource, workspaceId, async (runner) => ({ exports: (await newestExports(runner, workspaceId, MOST_EXPORTS)).map(exportProgressOf) }));
  }

  private readToday(workspaceId: string, now: Date): Promise<Today> {
    const day = now.toISOString().slice(0, 10);
    const today = [workspaceId, new Date(day), new Date(Date.parse(day) + DAY_MS)];
    const read = async (runner: QueryRunner): Promise<Today> => {
      const rows = (await runner.query(ROWS, today)) as RollupRow[];
      const [active] = (await runner.query(ACTIVE_USERS, today)) as [{ users: string }];
      return { day, active_users: Number(active.users), rows: rows.map(changedBucketOf) };
    };
    return inWorkspace(this.dataSource, workspaceId, read, { snapshot: true });
  }
}
