import type { MigrationInterface, QueryRunner } from 'typeorm';

/** No query looks for events by their arrival; but whatever opens a partition locks each of its indexes. */
export class NoArrivalIndex1763901100000 implements MigrationInterface {
  readonly name = 'NoArrivalIndex1763901100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX events_arrived_at');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX events_arrived_at ON events USING brin (arrived_at)');
  }
}
