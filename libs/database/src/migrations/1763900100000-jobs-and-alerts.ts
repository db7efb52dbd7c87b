import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every table that holds a tenant's rows; each has forced row-level security, and keys that begin with workspace_id. */
const TENANT_TABLES = ['dead_jobs', 'credit_quotas', 'alerts', 'erasures'];

const OWN_ROWS = `workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system'`;

/**
 * dead_jobs: jobs that used up their attempts; workspace_id is '' for the system's own. The numbers of jobs begin anew when Redis is
 * emptied, so the time of enqueueing belongs to a job's identity.
 * alerts: `subject` says what an alert is about, so that the same thing is told once.
 * erasures: users to be forgotten; the row is the order, whatever becomes of the job.
 */
const TABLES = `
CREATE TABLE dead_jobs (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  queue text COLLATE "C" NOT NULL,
  job_type text COLLATE "C" NOT NULL,
  job_id text COLLATE "C" NOT NULL,
  payload jsonb,
  error text NOT NULL,
  attempts int NOT NULL,
  trace_id text COLLATE "C",
  request_id text COLLATE "C",
  enqueued_at timestamptz NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now(),
  redriven_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, queue, job_id, enqueued_at)
);

CREATE TABLE credit_quotas (
  workspace_id text COLLATE "C" PRIMARY KEY,
  period text COLLATE "C" NOT NULL CHECK (period IN ('day', 'week', 'month')),
  credit_limit numeric(18,6) NOT NULL CHECK (credit_limit > 0),
  thresholds int[] NOT NULL DEFAULT '{80,100}',
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE alerts (
  workspace_id text COLLATE "C" NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  kind text COLLATE "C" NOT NULL CHECK (kind IN ('quota', 'spike')),
  subject text COLLATE "C" NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now(),
  details jsonb NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text COLLATE "C",
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, kind, subject)
);
CREATE INDEX alerts_newest ON alerts (workspace_id, raised_at DESC, id);

CREATE TABLE erasures (
  workspace_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (workspace_id, user_id)
);`;

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

export class JobsAndAlerts1763900100000 implements MigrationInterface {
  readonly name = 'JobsAndAlerts1763900100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    for (const table of TENANT_TABLES) await runner.query(rowSecurity(table));
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${TENANT_TABLES.join(', ')}`);
  }
}
