import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the events of one execution without reading its workspace; new partitions get it too. */
export class Executions1763900200000 implements MigrationInterface {
  readonly name = 'Executions1763900200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX events_execution ON events (workspace_id, execution_id, time) WHERE execution_id IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX events_execution');
  }
}
