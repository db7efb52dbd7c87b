import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT_TABLES = ['rollup_day_dim', 'rollup_days'];

const OWN_ROWS = `workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system'`;

/**
 * rollup_day_dim: what each agent, model, user and kind did in a day of UTC; key '' is what named none.
 * rollup_days: how many of the day's 96 buckets, from its first on, are in those rows; 0: none, whatever stands there.
 */
const TABLES = `
CREATE TABLE rollup_day_dim (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('agent', 'kind', 'model', 'user')),
  key text COLLATE "C" NOT NULL,
  events bigint NOT NULL,
  succeeded bigint NOT NULL,
  failed bigint NOT NULL,
  credits numeric(30,6) NOT NULL,
  context_tokens numeric(30,0) NOT NULL,
  generated_tokens numeric(30,0) NOT NULL,
  duration_ms_sum numeric(30,0) NOT NULL,
  duration_count bigint NOT NULL,
  duration_bins int[] NOT NULL,
  duration_counts bigint[] NOT NULL,
  PRIMARY KEY (workspace_id, day, dimension, key)
);
CREATE TABLE rollup_days (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  settled smallint NOT NULL DEFAULT 0 CHECK (settled BETWEEN 0 AND 96),
  PRIMARY KEY (workspace_id, day)
);
CREATE INDEX rollup_days_open ON rollup_days (workspace_id, day) WHERE settled < 96;`;

/** Days that were rolled up before these tables: all are still to be settled. */
const BACKFILL = `INSERT INTO rollup_days (workspace_id, day) SELECT DISTINCT workspace_id, (bucket AT TIME ZONE 'UTC')::date FROM rollup_15m`;

const rowSecurity = (table: string): string => `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ${table} USING (${OWN_ROWS});`;

const GRANTS = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${TENANT_TABLES.join(', ')} TO shadower_app;
  END IF;
END $$;`;

export class DayDim1763900400000 implements MigrationInterface {
  readonly name = 'DayDim1763900400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(`SELECT set_config('app.scope', 'system', true)`);
    await runner.query(BACKFILL);
    for (const table of TENANT_TABLES) await runner.query(rowSecurity(table));
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${TENANT_TABLES.join(', ')}`);
  }
}
