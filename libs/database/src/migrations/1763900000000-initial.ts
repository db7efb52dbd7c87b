import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every table that holds a tenant's rows; each has forced row-level security, and keys that begin with workspace_id (Citus can distribute them co-located). */
const TENANT_TABLES = ['events', 'dirty_buckets', 'rollup_15m', 'workspace_state', 'workspace_users', 'active_bits'];

/**
 * A session sees the workspace that it named with SET LOCAL, or everything when it is the system's own work (the worker's sweep, partitions).
 * The settings are read once a statement, not once a row.
 */
const OWN_ROWS = `workspace_id = (SELECT current_setting(''app.workspace_id'', true)) OR (SELECT current_setting(''app.scope'', true)) = ''system''`;

const TABLES = `
CREATE TABLE events (
  workspace_id text COLLATE "C" NOT NULL,
  time timestamptz NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",
  agent_id text COLLATE "C",
  execution_id text COLLATE "C",
  status text COLLATE "C",
  model text COLLATE "C",
  credits numeric(18,6),
  duration_ms bigint,
  context_tokens bigint,
  generated_tokens bigint,
  data jsonb,
  trace_id text COLLATE "C",
  arrived_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, time, event_id)
) PARTITION BY RANGE (time);
CREATE INDEX events_arrived_at ON events USING brin (arrived_at);
CREATE TABLE events_default PARTITION OF events DEFAULT;

CREATE TABLE dirty_buckets (
  workspace_id text COLLATE "C" NOT NULL,
  bucket timestamptz NOT NULL,
  mark bigint GENERATED ALWAYS AS IDENTITY,
  marked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, bucket, mark)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE rollup_15m (
  workspace_id text COLLATE "C" NOT NULL,
  bucket timestamptz NOT NULL,
  kind text COLLATE "C" NOT NULL,
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
  PRIMARY KEY (workspace_id, bucket, kind)
);

CREATE TABLE workspace_state (
  workspace_id text COLLATE "C" PRIMARY KEY,
  next_user_no int NOT NULL DEFAULT 0
);

CREATE TABLE workspace_users (
  workspace_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  user_no int NOT NULL,
  PRIMARY KEY (workspace_id, user_id),
  UNIQUE (workspace_id, user_no)
);

CREATE TABLE active_bits (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  chunk int NOT NULL,
  bits bit(32768) NOT NULL,
  PRIMARY KEY (workspace_id, day, chunk)
);`;

/** The applications' role: owns nothing, bypasses nothing. A login for them is made a member of it. Without the right to create roles, the one role that there is serves. */
const APP_ROLE = `
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    CREATE ROLE shadower_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'role shadower_app was not created: no right to';
END $$;`;

/**
 * Daily partitions around today are made ahead, so that events_default holds only old arrivals. Should a day's rows have
 * landed in events_default all the same (nobody made partitions for a week), they move with it. Runs with its owner's rights.
 */
const PARTITIONS = `
CREATE FUNCTION ensure_event_partition(on_day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  part text := 'events_' || to_char(on_day, 'YYYYMMDD');
  from_time timestamptz := on_day::timestamp AT TIME ZONE 'UTC';
  to_time timestamptz := (on_day + 1)::timestamp AT TIME ZONE 'UTC';
  callers_scope text := coalesce(current_setting('app.scope', true), '');
BEGIN
  IF on_day < (now() AT TIME ZONE 'UTC')::date - 31 OR on_day > (now() AT TIME ZONE 'UTC')::date + 31 THEN
    RAISE EXCEPTION 'partitions are made within 31 days of today' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(7221908412); -- two makers at once: the second finds it made
  IF to_regclass(part) IS NOT NULL THEN
    RETURN false;
  END IF;
  PERFORM set_config('app.scope', 'system', true);
  EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('WITH moved AS (DELETE FROM events_default WHERE time >= %L AND time < %L RETURNING *) INSERT INTO %I SELECT * FROM moved', from_time, to_time, part);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
  EXECUTE format('CREATE POLICY tenant ON %I USING (${OWN_ROWS})', part);
  EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, from_time, to_time);
  PERFORM set_config('app.scope', callers_scope, true);
  RETURN true;
END $$;`;

const rowSecurity = (table: string): string => `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ${table} USING (${OWN_ROWS.replaceAll("''", "'")});`;

const GRANTS = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${TENANT_TABLES.join(', ')} TO shadower_app;
    GRANT EXECUTE ON FUNCTION ensure_event_partition(date) TO shadower_app;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION ensure_event_partition(date) FROM PUBLIC;`;

export class Initial1763900000000 implements MigrationInterface {
  readonly name = 'Initial1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(APP_ROLE);
    await runner.query(TABLES);
    for (const table of [...TENANT_TABLES, 'events_default']) await runner.query(rowSecurity(table));
    await runner.query(PARTITIONS);
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION ensure_event_partition(date)');
    await runner.query(`DROP TABLE ${TENANT_TABLES.join(', ')}`);
  }
}
