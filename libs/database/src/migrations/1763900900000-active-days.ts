import type { MigrationInterface, QueryRunner } from 'typeorm';

const OWN_ROWS = `workspace_id = (SELECT current_setting('app.workspace_id', true)) OR (SELECT current_setting('app.scope', true)) = 'system'`;

/** How many distinct users the windows of 1, 7 and 30 days had that end with a day of UTC; true as long as the windows' days are of this generation. */
const UP = `
CREATE TABLE active_days (
  workspace_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  generation bigint NOT NULL,
  dau int NOT NULL,
  wau int NOT NULL,
  mau int NOT NULL,
  PRIMARY KEY (workspace_id, day)
);
ALTER TABLE active_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE active_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON active_days USING (${OWN_ROWS});
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON active_days TO shadower_app;
  END IF;
END $$;`;

export class ActiveDays1763900900000 implements MigrationInterface {
  readonly name = 'ActiveDays1763900900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE active_days');
  }
}
