import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of programs: the public name of each, and the SHA-256 of its secret. A revoked key is gone. */
const TABLE = `
CREATE TABLE api_keys (
  workspace_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  secret_hash bytea NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text COLLATE "C" NOT NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON api_keys USING (workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system');
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO shadower_app;
  END IF;
END $$;`;

export class ApiKeys1763900300000 implements MigrationInterface {
  readonly name = 'ApiKeys1763900300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE api_keys');
  }
}
