import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['exports', 'export_chunks'];

/**
 * exports: the order, how far it has come and what came of it. `attempt` is the fencing token: who works under an older one writes nothing.
 * `lease_until`: until then somebody looks after the row, the queue at first, then the worker that has it.
 * export_chunks: the file, in pieces of equal length but for the last one; kept as they are, for they do not shrink any more.
 */
const TABLES = `
CREATE TABLE exports (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  spec jsonb NOT NULL,
  status text COLLATE "C" NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'expired')),
  requested_by text COLLATE "C",
  requested_at timestamptz NOT NULL DEFAULT now(),
  trace text COLLATE "C",
  request_id text COLLATE "C",
  attempt int NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT now() + interval '5 seconds',
  rows bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  sha256 text COLLATE "C",
  error text,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX exports_newest ON exports (workspace_id, requested_at DESC, id DESC);
CREATE INDEX exports_lease ON exports (lease_until) WHERE status IN ('queued', 'running');

CREATE TABLE export_chunks (
  workspace_id text COLLATE "C" NOT NULL,
  export_id uuid NOT NULL,
  no int NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (workspace_id, export_id, no)
);
ALTER TABLE export_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;`;

const rowSecurity = (table: string): string => `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ${table} USING (workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system');`;

const GRANTS = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${TENANT_TABLES.join(', ')} TO shadower_app;
  END IF;
END $$;`;

export class Exports1763900600000 implements MigrationInterface {
  readonly name = 'Exports1763900600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    for (const table of TENANT_TABLES) await runner.query(rowSecurity(table));
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${TENANT_TABLES.join(', ')}`);
  }
}
