import { BUCKET_SECONDS, type AnalyticsEvent } from '@shadower/domain';
import type { Client } from 'pg';

/** A column of `events`, its type, and its value in an event. `rest` of the data is what has no column of its own. */
const COLUMNS: readonly (readonly [string, string, (event: AnalyticsEvent) => string | number | null | undefined])[] = [
  ['time', 'timestamptz', (event) => event.time],
  ['event_id', 'text', (event) => event.id],
  ['type', 'text', (event) => event.type],
  ['user_id', 'text', (event) => event.user_id],
  ['agent_id', 'text', (event) => event.agent_id],
  ['execution_id', 'text', (event) => event.execution_id],
  ['status', 'text', (event) => event.data?.status],
  ['model', 'text', (event) => event.data?.model],
  ['credits', 'numeric', (event) => event.data?.credits],
  ['duration_ms', 'bigint', (event) => event.data?.duration_ms],
  ['context_tokens', 'bigint', (event) => event.data?.tokens?.context],
  ['generated_tokens', 'bigint', (event) => event.data?.tokens?.generated],
];
const NAMES = COLUMNS.map(([name]) => name).join(', ');

const INSERT = `
WITH stored AS (
  INSERT INTO events (workspace_id, ${NAMES})
  SELECT $1, * FROM unnest(${COLUMNS.map(([, type], index) => `$${index + 2}::${type}[]`).join(', ')})
  ON CONFLICT DO NOTHING RETURNING time
)
INSERT INTO dirty_buckets (workspace_id, bucket)
SELECT DISTINCT $1, date_bin(interval '${BUCKET_SECONDS} seconds', time, timestamptz '2000-01-01 00:00:00+00') FROM stored`;

/** Stores a batch the shortest way that is idempotent and marks what it touched: one statement, one transaction, one round trip. */
export async function rawInsert(client: Client, workspace: string, events: AnalyticsEvent[]): Promise<void> {
  await client.query({ name: 'raw-insert', text: INSERT, values: [workspace, ...COLUMNS.map(([, , read]) => events.map((event) => read(event) ?? null))] });
}

const cell = (value: string | number | null | undefined): string => (value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`);

/** The same rows as a file for COPY. */
export const csvOf = (workspace: string, events: AnalyticsEvent[]): string => events.map((event) => [workspace, ...COLUMNS.map(([, , read]) => read(event))].map(cell).join(',')).join('\n') + '\n';

/** Loads a file that the database server can read: neither idempotent nor marked, and the most that this PostgreSQL takes on one connection. */
export const copyFile = (client: Client, file: string) => client.query(`COPY events (workspace_id, ${NAMES}) FROM '${file}' (FORMAT csv)`);
