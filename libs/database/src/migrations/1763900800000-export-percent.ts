import type { MigrationInterface, QueryRunner } from 'typeorm';

/** exports.percent: about how much of the file is written while somebody is at it; a finished one is whole whatever stands there. */
export class ExportPercent1763900800000 implements MigrationInterface {
  readonly name = 'ExportPercent1763900800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE exports ADD COLUMN percent smallint NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE exports DROP COLUMN percent');
  }
}
