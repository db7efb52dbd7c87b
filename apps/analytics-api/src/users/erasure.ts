import { AppError } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';

export const erasureSchema = named(
  'Erasure',
  z.object({
    user_id: z.string(),
    status: z.enum(['pending']).meta({ description: 'once it is done nothing is left of it either, for it names the user' }),
    requested_at: z.iso.datetime(),
  }),
);
export type Erasure = z.infer<typeof erasureSchema>;

/** Ordering the same again changes nothing. */
const ORDER = 'INSERT INTO erasures (workspace_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING';
const READ = 'SELECT requested_at FROM erasures WHERE workspace_id = $1 AND user_id = $2';

/** Orders that a user be forgotten: the row is the order, whatever becomes of the job. */
export async function orderErasure(runner: QueryRunner, workspaceId: string, userId: string): Promise<Erasure> {
  await runner.query(ORDER, [workspaceId, userId]);
  return readErasure(runner, workspaceId, userId);
}

/** Throws AppError `not_found` when none is pending: it is done, or was never ordered. */
export async function readErasure(runner: QueryRunner, workspaceId: string, userId: string): Promise<Erasure> {
  const [row] = (await runner.query(READ, [workspaceId, userId])) as { requested_at: Date }[];
  if (!row) throw new AppError('not_found', 'No erasure of this user is pending: it is done, or was never ordered.');
  return { user_id: userId, status: 'pending', requested_at: row.requested_at.toISOString() };
}
