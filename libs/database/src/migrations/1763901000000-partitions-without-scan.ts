import type { MigrationInterface, QueryRunner } from 'typeorm';

const PREFIX = 'events_default_without_';
const SIGNATURES = ['exclude_event_day(date)', 'validate_event_day(date)', 'release_event_days()'];

/**
 * To attach a partition is to prove that events_default holds nothing of its day. Without a valid constraint that says so, PostgreSQL reads all of
 * events_default for it, under a lock that keeps out every reader of events. With one it reads nothing; to validate that one keeps nobody out. Each of
 * these is to be called in a transaction of its own. Until the release, events_default refuses events of the day: it must be one that none can be of yet.
 * They run with their owner's rights.
 */
const FUNCTIONS = `
CREATE FUNCTION exclude_event_day(on_day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  constraint_name text := '${PREFIX}' || to_char(on_day, 'YYYYMMDD');
BEGIN
  IF on_day < (now() AT TIME ZONE 'UTC')::date + 2 THEN
    RAISE EXCEPTION 'events of that day may come meanwhile' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(7221908412); -- two makers at once: the second finds it made
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'events_default'::regclass AND conname = constraint_name) THEN
    EXECUTE format('ALTER TABLE events_default ADD CONSTRAINT %I CHECK (time < %L OR time >= %L) NOT VALID',
      constraint_name, on_day::timestamp AT TIME ZONE 'UTC', (on_day + 1)::timestamp AT TIME ZONE 'UTC');
  END IF;
END $$;

CREATE FUNCTION validate_event_day(on_day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  EXECUTE format('ALTER TABLE events_default VALIDATE CONSTRAINT %I', '${PREFIX}' || to_char(on_day, 'YYYYMMDD'));
  RETURN true;
EXCEPTION WHEN check_violation THEN
  RETURN false; -- its rows have to move, which attaching it does
END $$;

CREATE FUNCTION release_event_days() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  constraint_name text;
BEGIN
  PERFORM pg_advisory_xact_lock(7221908412);
  FOR constraint_name IN SELECT conname FROM pg_constraint WHERE conrelid = 'events_default'::regclass AND starts_with(conname, '${PREFIX}') LOOP
    EXECUTE format('ALTER TABLE events_default DROP CONSTRAINT %I', constraint_name);
  END LOOP;
END $$;
${SIGNATURES.map((signature) => `REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC;`).join('\n')}
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT EXECUTE ON FUNCTION ${SIGNATURES.join(', ')} TO shadower_app;
  END IF;
END $$;`;

export class PartitionsWithoutScan1763901000000 implements MigrationInterface {
  readonly name = 'PartitionsWithoutScan1763901000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FUNCTIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT release_event_days()');
    await runner.query(`DROP FUNCTION ${SIGNATURES.join(', ')}`);
  }
}
