import { AppError } from '@shadower/domain';
import type { DataSource } from 'typeorm';

const silent = new WeakSet<DataSource>();

/** What a statement fails with that PostgreSQL left unanswered; the words are those of a lost connection, for that is what it is taken for. */
export class SilenceError extends Error {
  constructor() {
    super('Connection terminated: PostgreSQL does not answer');
    this.name = 'SilenceError';
  }
}

/** Says whether the server behind a data source has stopped to answer. */
export function setSilent(dataSource: DataSource, isSilent: boolean): void {
  if (isSilent) silent.add(dataSource);
  else silent.delete(dataSource);
}

/** Throws AppError `unavailable` while it has: nobody shall wait for what is known not to come. */
export function refuseWhileSilent(dataSource: DataSource): void {
  if (silent.has(dataSource)) throw new AppError('unavailable', 'The database does not answer. Nothing was acknowledged; trying again is safe.', { retryAfterMs: 1_000 });
}
