import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { SentEvent } from '../clients';
import { bodyOf } from './body-of';

const STORE = `
INSERT INTO events (workspace_id, event_id, time, type, user_id, agent_id, execution_id, status, model, credits, duration_ms, context_tokens, generated_tokens)
SELECT $1, e->>'id', (e->>'time')::timestamptz, e->>'type', e->>'user_id', e->>'agent_id', e->>'execution_id', e->'data'->>'status', e->'data'->>'model',
  (e->'data'->>'credits')::numeric, (e->'data'->>'duration_ms')::bigint, (e->'data'->'tokens'->>'context')::bigint, (e->'data'->'tokens'->>'generated')::bigint
FROM jsonb_array_elements($2::jsonb) e ON CONFLICT DO NOTHING RETURNING time`;
const MARK = `INSERT INTO dirty_buckets (workspace_id, bucket) SELECT DISTINCT $1, date_bin('15 minutes', t, '2000-01-01Z') FROM unnest($2::timestamptz[]) t`;

/** A service that stores events in one transaction and marks their buckets in another: a crash between the two leaves events that nobody counts. The checker must find it out. */
export class TwoTransactions {
  private constructor(
    private readonly server: Server,
    private readonly pool: Pool,
  ) {}

  static async start(databaseUrl: string): Promise<TwoTransactions> {
    const pool = new Pool({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
    pool.on('error', () => undefined);
    const server = createServer((request, response) => {
      const [, workspace] = /workspaces\/([^/]+)/.exec(request.url ?? '') ?? [];
      void bodyOf(request)
        .then((body) => ingest(pool, workspace as string, (JSON.parse(body) as { events: SentEvent[] }).events))
        .then(
          () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
          () => response.writeHead(503).end(),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TwoTransactions(server, pool);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    await this.pool.end();
  }
}

async function ingest(pool: Pool, workspace: string, events: readonly SentEvent[]): Promise<void> {
  const { rows } = await pool.query<{ time: Date }>(STORE, [workspace, JSON.stringify(events)]);
  await sleep(100);
  if (rows.length > 0) await pool.query(MARK, [workspace, rows.map(({ time }) => time)]);
}
