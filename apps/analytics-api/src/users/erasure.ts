import { AppError } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';

export const erasureSchema = named(
  'Erasure',
  z.object({
    user_id: z.string(),
    status: z.enum(['pending']).meta({ description: 'the record itself is deleted once the erasure is complete, because it names the user' }),
    requested_at: z.iso.datetime(),
  }),
);
export type Erasure = z.infer<typeof erasureSchema>;

/** The same again is a new order: the worker may be past what has come in since the first, and deletes only the order that it began with. */
const ORDER = `INSERT INTO erasures AS e (workspace_id, user_id, requested_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (workspace_id, user_id) DO UPDATE SET requested_at = greatest(clock_timestamp(), e.requested_at + interval '1 microsecond') RETURNING requested_at`;
const READ = 'SELECT requested_at FROM erasures WHERE workspace_id = $1 AND user_id = $2';

interface Row {
  requested_at: Date;
}
const erasureOf = (userId: string, { requested_at }: Row): Erasure => ({ user_id: userId, status: 'pending', requested_at: requested_at.toISOString() });

/** Orders that a user be forgotten: the row is the order, whatever becomes of the job. */
export async function orderErasure(runner: QueryRunner, workspaceId: string, userId: string): Promise<Erasure> {
  const [row] = (await runner.query(ORDER, [workspaceId, userId])) as [Row];
  return erasureOf(userId, row);
}

/** Throws AppError `not_found` when none is pending: it is done, or was never ordered. */
export async function readErasure(runner: QueryRunner, workspaceId: string, userId: string): Promise<Erasure> {
  const [row] = (await runner.query(READ, [workspaceId, userId])) as Row[];
  if (!row) throw new AppError('not_found', 'No erasure of this user is pending: it is complete, or was never requested.');
  return erasureOf(userId, row);
}
