import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was answered to a request with an Idempotency-Key. `json`, not `jsonb`: the answer is given again as it was, byte by byte. */
const TABLE = `
CREATE TABLE idempotency_keys (
  workspace_id text COLLATE "C" NOT NULL,
  operation text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  status int,
  body json,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, operation, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (workspace_id, created_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON idempotency_keys USING (workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system');
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO shadower_app;
  END IF;
END $$;`;

export class IdempotencyKeys1763900310000 implements MigrationInterface {
  readonly name = 'IdempotencyKeys1763900310000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
