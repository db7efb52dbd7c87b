import { Injectable } from '@nestjs/common';
import { exportProgressOf, inWorkspace, removeExport, type ExportRow } from '@shadower/database';
import { AppError, EXPORT_LIMITS, type ExportJob, type ExportProgress, type ExportRequest } from '@shadower/domain';
import { JobQueues, LiveStream } from '@shadower/redis';
import { currentContext, getLogger, injectTrace, TraceOperation } from '@shadower/telemetry';
import { DataSource, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import { once } from '../http/idempotency';
import { exactTime, paged, pageQuery, positionOf } from '../http/page';

/** Locks the workspace's orders one after another, so that two at a time cannot both be the last one allowed. */
const ACTIVE = `SELECT count(*)::int AS n FROM exports WHERE workspace_id = $1 AND status IN ('queued', 'running')`;
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('exports ' || $1, 0))`;
const ORDER = 'INSERT INTO exports (workspace_id, spec, requested_by, trace, request_id) VALUES ($1, $2, $3, $4, $5) RETURNING *';
const ONE = 'SELECT * FROM exports WHERE workspace_id = $1 AND id = $2';
const LIST = `SELECT *, ${exactTime('requested_at')} AS place FROM exports
WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (requested_at, id) < ($2, $3::uuid)) ORDER BY requested_at DESC, id DESC LIMIT $4`;

/** The orders for exports. PostgreSQL holds the truth; the job is a hint. */
@Injectable()
export class ExportsService {
  private readonly logger = getLogger('exports');

  constructor(
    private readonly dataSource: DataSource,
    private readonly queues: JobQueues,
    private readonly live: LiveStream,
  ) {}

  /** Throws AppError `rate_limited` when the workspace has as many exports under way as it may. */
  @TraceOperation('order_export')
  async order(workspaceId: string, request: ExportRequest, user: string, key: string | undefined): Promise<{ row: ExportRow; replayed: boolean }> {
    const { body, replayed } = await inWorkspace(this.dataSource, workspaceId, (runner) =>
      once(runner, { workspaceId, operation: 'export', key, request }, async () => ({ status: 202, body: await this.insert(runner, workspaceId, request, user) })),
    );
    const row = await this.one(workspaceId, body.id);
    if (replayed) return { row, replayed };
    // In this order, so that no worker tells of it first.
    await this.tell(row, exportProgressOf(row));
    await this.hint(workspaceId, row.id);
    return { row, replayed };
  }

  /** Throws AppError `not_found`. */
  async one(workspaceId: string, id: string): Promise<ExportRow> {
    const [row] = (await inWorkspace(this.dataSource, workspaceId, (runner) => runner.query(ONE, [workspaceId, id]))) as ExportRow[];
    if (!row) throw new AppError('not_found', 'The export does not exist.');
    return row;
  }

  /** The newest first. */
  async list(workspaceId: string, { limit, cursor }: z.infer<typeof pageQuery>): Promise<{ rows: ExportRow[]; next_cursor: string | null }> {
    const [time = null, id = null] = positionOf(cursor, z.uuid()) ?? [];
    const found = await inWorkspace(this.dataSource, workspaceId, (runner) => runner.query(LIST, [workspaceId, time, id, limit + 1]));
    return paged(found as (ExportRow & { place: string })[], limit, (row) => [row.place, row.id]);
  }

  /** Deletes it with its file, also in the middle of its writing. Throws AppError `not_found`. */
  async remove(workspaceId: string, id: string): Promise<void> {
    const row = await inWorkspace(this.dataSource, workspaceId, (runner) => removeExport(runner, workspaceId, id));
    if (!row) throw new AppError('not_found', 'The export does not exist.');
    await this.tell(row, { ...exportProgressOf(row), status: 'deleted', rows: 0, bytes: 0, percent: 0 });
  }

  private async tell({ workspace_id }: ExportRow, data: ExportProgress): Promise<void> {
    await this.live.publish(workspace_id, { ch: 'exports', ts: new Date().toISOString(), data, trace: injectTrace().traceparent, request_id: currentContext().request_id });
  }

  private async insert(runner: QueryRunner, workspaceId: string, request: ExportRequest, user: string): Promise<{ id: string }> {
    await runner.query(LOCK, [workspaceId]);
    const [active] = (await runner.query(ACTIVE, [workspaceId])) as [{ n: number }];
    if (active.n >= EXPORT_LIMITS.active) {
      const errors = [{ pointer: '', detail: `at most ${EXPORT_LIMITS.active} exports of a workspace may be in progress` }];
      throw new AppError('rate_limited', 'Too many exports of this workspace are in progress; wait for one to finish, or delete one.', { errors, retryAfterMs: 10_000 });
    }
    const [row] = (await runner.query(ORDER, [workspaceId, request, user, injectTrace().traceparent ?? null, currentContext().request_id ?? null])) as [ExportRow];
    return { id: row.id };
  }

  /** Never throws: an order without a job is found a few seconds later. */
  private async hint(workspaceId: string, id: string): Promise<void> {
    const { request_id, user_id } = currentContext();
    const job: ExportJob = { v: 1, workspace_id: workspaceId, export_id: id, context: { request_id, user_id } };
    try {
      await (await this.queues.ready('export')).add('export', job);
    } catch (err) {
      this.logger.debug({ err, workspace_id: workspaceId, export_id: id }, 'hint lost; the sweep will find the export');
    }
  }
}
