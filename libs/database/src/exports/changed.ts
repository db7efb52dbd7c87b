import type { QueryRunner } from 'typeorm';

/** The rows of an UPDATE or DELETE ... RETURNING, as TypeORM gives them. */
export const changed = async <T>(runner: QueryRunner, sql: string, values: unknown[]): Promise<T[]> => ((await runner.query(sql, values)) as [T[]])[0];
