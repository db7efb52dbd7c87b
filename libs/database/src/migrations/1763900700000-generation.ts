import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['workspace_state', 'rollup_days'];

/** How often the answers about a workspace, or about one of its days, may have changed: raised whenever marks are taken away. */
export class Generation1763900700000 implements MigrationInterface {
  readonly name = 'Generation1763900700000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} ADD COLUMN generation bigint NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} DROP COLUMN generation`);
  }
}
