import type { MigrationInterface, QueryRunner } from 'typeorm';

const OWN_ROWS = `workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system'`;

/** workspace_state.events_from: raw events of the days before may be gone, so the rollups of those days are never computed again. */
const TABLES = `
CREATE TABLE retention_policies (
  workspace_id text COLLATE "C" PRIMARY KEY,
  events_days int NOT NULL CHECK (events_days BETWEEN 1 AND 36500),
  updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE retention_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON retention_policies USING (${OWN_ROWS});
ALTER TABLE workspace_state ADD COLUMN events_from date;`;

/**
 * Drops the daily partitions before a day that have no row left. The parent is locked first, as writers do, so that nobody can write into a
 * partition between the look and the drop; when there is nothing to drop, nothing is locked. Runs with its owner's rights.
 */
const DROP_EMPTY = `
CREATE FUNCTION drop_empty_event_partitions(before date) RETURNS SETOF date LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  part text;
  on_day date;
  filled boolean;
  locked boolean := false;
  callers_scope text := coalesce(current_setting('app.scope', true), '');
BEGIN
  PERFORM pg_advisory_xact_lock(7221908412); -- nobody makes partitions meanwhile
  PERFORM set_config('app.scope', 'system', true);
  FOR part, on_day IN
    SELECT c.relname, to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'events'::regclass AND c.relname ~ '^events_[0-9]{8}$' ORDER BY 1
  LOOP
    CONTINUE WHEN on_day >= before;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', part) INTO filled;
    CONTINUE WHEN filled;
    IF NOT locked THEN
      LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE;
      locked := true;
    END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', part) INTO filled;
    CONTINUE WHEN filled;
    EXECUTE format('DROP TABLE %I', part);
    RETURN NEXT on_day;
  END LOOP;
  PERFORM set_config('app.scope', callers_scope, true);
END $$;
REVOKE EXECUTE ON FUNCTION drop_empty_event_partitions(date) FROM PUBLIC;`;

const GRANTS = `
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON retention_policies TO shadower_app;
    GRANT EXECUTE ON FUNCTION drop_empty_event_partitions(date) TO shadower_app;
  END IF;
END $$;`;

export class RetentionPolicy1763900500000 implements MigrationInterface {
  readonly name = 'RetentionPolicy1763900500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(DROP_EMPTY);
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION drop_empty_event_partitions(date)');
    await runner.query('ALTER TABLE workspace_state DROP COLUMN events_from');
    await runner.query('DROP TABLE retention_policies');
  }
}
