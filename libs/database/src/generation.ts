import type { DataSource } from 'typeorm';
import { runStatement, type Statement } from './transaction';

/**
 * Begins the next generation of a workspace ($1), and holds its row until the commit: for what changes the answers about any day, such as an erasure.
 * Rollups count by day (`rollup_days.generation`) when they take marks away; new events need not count, for each adds a mark.
 */
export const NEXT_GENERATION = 'UPDATE workspace_state SET generation = generation + 1 WHERE workspace_id = $1';

const startOf = (day: string): string => `${day}::date::timestamp AT TIME ZONE 'UTC'`;
/** OFFSET 0 keeps the order: the workspace is set before row-level security looks at the first row. */
const READ: Statement = {
  name: 'generation',
  text: `WITH scope AS MATERIALIZED (SELECT set_config('app.workspace_id', $1, true) AS workspace_id)
SELECT g.generation, statement_timestamp() AS at FROM scope CROSS JOIN LATERAL (
  SELECT concat_ws('.',
    (SELECT generation FROM workspace_state WHERE workspace_id = scope.workspace_id),
    (SELECT sum(generation) FROM rollup_days WHERE workspace_id = scope.workspace_id AND day >= $2::date AND day < $3::date),
    (SELECT count(*) FROM dirty_buckets WHERE workspace_id = scope.workspace_id AND bucket >= ${startOf('$2')} AND bucket < ${startOf('$3')})
  ) AS generation OFFSET 0
) g`,
};

export interface Generation {
  /**
   * The same text as before means that every answer about those days is the same as before: all of its numbers only grow, but for the marks, and no mark
   * goes without a growth, but for those of days before `events_from`, whose events are refused and so leave none.
   */
  generation: string;
  /** Up to when that holds, by the database's clock. */
  at: Date;
}

/** The state of a workspace's events of the days (UTC) in `[from, to)`, in one round trip. Throws AppError `unavailable`. */
export async function generationOf(dataSource: DataSource, workspaceId: string, { from, to }: { from: Date; to: Date }): Promise<Generation> {
  const { rows } = await runStatement<Generation>(dataSource, READ, [workspaceId, from.toISOString().slice(0, 10), to.toISOString().slice(0, 10)]);
  return rows[0] as Generation;
}
