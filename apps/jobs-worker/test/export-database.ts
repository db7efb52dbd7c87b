import { inWorkspace, type ExportRow } from '@shadower/database';
import type { ExportRequest } from '@shadower/domain';
import type { DataSource } from 'typeorm';

/** A row of `events`, as far as a test says something about it. */
export interface StoredEvent {
  time: string;
  event_id: string;
  type: string;
  user_id?: string | null;
  agent_id?: string | null;
  execution_id?: string | null;
  model?: string | null;
  credits?: string | null;
  duration_ms?: number | null;
  data?: object | null;
}

const COLUMNS = 'time timestamptz, event_id text, type text, user_id text, agent_id text, execution_id text, model text, credits numeric, duration_ms bigint, data jsonb';
const NAMES = COLUMNS.replace(/ \w+(,|$)/g, '$1');
const MARK = `INSERT INTO dirty_buckets (workspace_id, bucket) SELECT DISTINCT $1, date_bin('15 minutes', time, '2000-01-01Z') FROM events WHERE workspace_id = $1`;

/** What tests of exports do with a database: events in, orders in, files out. */
export class ExportDatabase {
  constructor(private readonly dataSource: DataSource) {}

  async store(workspaceId: string, events: StoredEvent[]): Promise<void> {
    await this.within(workspaceId, `INSERT INTO events (workspace_id, ${NAMES}) SELECT $1, r.* FROM json_to_recordset($2) AS r(${COLUMNS})`, [JSON.stringify(events)]);
    await this.within(workspaceId, MARK);
  }

  /** Events a second apart, with some text in them, so that 30,000 make a file of a few pieces. */
  async fill(workspaceId: string, events: number, from: string): Promise<void> {
    await this.within(
      workspaceId,
      `INSERT INTO events (workspace_id, time, event_id, type, user_id, credits, data)
       SELECT $1, $2::timestamptz + n * interval '1 second', 'e' || lpad(n::text, 6, '0'), 'query.run', 'user-' || n % 100, 1.5, '{"note": "some words that take up room"}' FROM generate_series(1, $3::int) n`,
      [from, events],
    );
  }

  /** The id of a new order that the sweep leaves alone for `aloneMs`. */
  async order(workspaceId: string, request: ExportRequest, aloneMs = 600_000): Promise<string> {
    const [row] = (await this.within(workspaceId, `INSERT INTO exports (workspace_id, spec, lease_until) VALUES ($1, $2, now() + $3::int * interval '1 millisecond') RETURNING id`, [request, aloneMs])) as [{ id: string }];
    return row.id;
  }

  async row(workspaceId: string, id: string): Promise<ExportRow> {
    return ((await this.within(workspaceId, 'SELECT * FROM exports WHERE workspace_id = $1 AND id = $2', [id])) as [ExportRow])[0];
  }

  async file(workspaceId: string, id: string): Promise<Buffer> {
    const pieces = (await this.within(workspaceId, 'SELECT bytes FROM export_chunks WHERE workspace_id = $1 AND export_id = $2 ORDER BY no', [id])) as { bytes: Buffer }[];
    return Buffer.concat(pieces.map(({ bytes }) => bytes));
  }

  /** Events of the workspace that the rollups know. */
  async rolledUp(workspaceId: string): Promise<number> {
    return ((await this.within(workspaceId, 'SELECT coalesce(sum(events), 0)::int AS n FROM rollup_15m WHERE workspace_id = $1')) as [{ n: number }])[0].n;
  }

  /** Pieces of files that the workspace has. */
  async chunks(workspaceId: string): Promise<number> {
    return ((await this.within(workspaceId, 'SELECT count(*)::int AS n FROM export_chunks WHERE workspace_id = $1')) as [{ n: number }])[0].n;
  }

  private within(workspaceId: string, sql: string, values: unknown[] = []): Promise<unknown> {
    return inWorkspace(this.dataSource, workspaceId, (runner) => runner.query(sql, [workspaceId, ...values]) as Promise<unknown>);
  }
}
