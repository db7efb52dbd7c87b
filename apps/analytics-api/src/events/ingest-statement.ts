import { bucketOfTime, type Statement } from '@shadower/database';

/** The columns that a caller's event fills, with their types, in the order of `EventColumns.values()`. */
export const INPUT_COLUMNS = {
  event_id: 'text',
  time: 'timestamptz',
  type: 'text',
  user_id: 'text',
  agent_id: 'text',
  execution_id: 'text',
  status: 'text',
  model: 'text',
  credits: 'numeric',
  duration_ms: 'bigint',
  context_tokens: 'bigint',
  generated_tokens: 'bigint',
  data: 'jsonb',
  trace_id: 'text',
} as const;

const names = Object.keys(INPUT_COLUMNS).join(', ');
const arrays = Object.values(INPUT_COLUMNS)
  .map((type, index) => `$${index + 2}::${type}[]`)
  .join(', ');

/**
 * Stores a batch, drops what is stored already and marks the touched buckets dirty: one statement, so one transaction and one round trip.
 * The rows' workspace comes out of set_config, so row-level security is set before the first row is checked.
 * Rows go in in the order of their key: two senders of the same events wait for one another but never in a circle.
 * Of two events in one batch with one key, the first is stored: the sort alone would leave that to chance.
 * Gives how many were stored and, unless all were, the positions (from 1) of the duplicates.
 */
export const INGEST: Statement = {
  name: 'ingest',
  text: `WITH scope AS MATERIALIZED (SELECT set_config('app.workspace_id', $1, true) AS workspace_id),
stored AS (
  INSERT INTO events (workspace_id, ${names})
  SELECT scope.workspace_id, ${names} FROM scope, unnest(${arrays}) WITH ORDINALITY AS e(${names}, position) ORDER BY time, event_id, position
  ON CONFLICT DO NOTHING RETURNING time, event_id
),
marked AS (INSERT INTO dirty_buckets (workspace_id, bucket) SELECT DISTINCT $1, ${bucketOfTime('time')} FROM stored)
SELECT count(*)::int AS stored, CASE WHEN count(*) < cardinality($2::text[]) THEN (
  SELECT array_agg(position::int ORDER BY position) FROM (
    SELECT position, row_number() OVER (PARTITION BY time, event_id ORDER BY position) AS nth, (time, event_id) IN (SELECT time, event_id FROM stored) AS found
    FROM unnest($2::text[], $3::timestamptz[]) WITH ORDINALITY AS e(event_id, time, position)
  ) sent WHERE nth > 1 OR NOT found
) END AS duplicates
FROM stored`,
};

export interface IngestRow {
  stored: number;
  duplicates: number[] | null;
}
