import { AppError, alertSchema } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { exactTime, paged, pageOf, pageQuery, positionOf } from '../http/page';

export const alertQuery = pageQuery.extend({ state: z.enum(['open', 'acknowledged', 'all']).default('all') });
export type AlertQuery = z.infer<typeof alertQuery>;

export const listedAlert = named('Alert', alertSchema.extend({ acknowledged_at: z.iso.datetime().nullable(), acknowledged_by: z.string().nullable() }));
export type ListedAlert = z.infer<typeof listedAlert>;
export const alertPage = named('AlertPage', pageOf(listedAlert));

type Row = Omit<ListedAlert, 'raised_at' | 'acknowledged_at'> & { raised_at: Date; acknowledged_at: Date | null; place: string };

const LIST = `SELECT *, ${exactTime('raised_at')} AS place FROM alerts
WHERE workspace_id = $1 AND ($2 = 'all' OR (acknowledged_at IS NULL) = ($2 = 'open')) AND ($3::timestamptz IS NULL OR (raised_at, id) < ($3, $4::uuid))
ORDER BY raised_at DESC, id DESC LIMIT $5`;

const alertOf = ({ id, kind, subject, raised_at, details, acknowledged_at, acknowledged_by }: Row): ListedAlert => ({
  ...{ id, kind, subject, details, acknowledged_by },
  raised_at: raised_at.toISOString(),
  acknowledged_at: acknowledged_at?.toISOString() ?? null,
});

/** The newest alerts first. */
export async function alertsOf(runner: QueryRunner, workspaceId: string, { state, limit, cursor }: AlertQuery): Promise<z.infer<typeof alertPage>> {
  const [time = null, id = null] = positionOf(cursor, z.uuid()) ?? [];
  const { rows, next_cursor } = paged((await runner.query(LIST, [workspaceId, state, time, id, limit + 1])) as Row[], limit, (row) => [row.place, row.id]);
  return { items: rows.map(alertOf), next_cursor };
}

/** Marks an alert as seen; who did so first stays. Throws AppError `not_found`. */
export async function acknowledge(runner: QueryRunner, workspaceId: string, id: string, user: string): Promise<ListedAlert> {
  const [[row]] = (await runner.query(
    `UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, now()), acknowledged_by = coalesce(acknowledged_by, $3) WHERE workspace_id = $1 AND id = $2 RETURNING *`,
    [workspaceId, id, user],
  )) as [Row[]];
  if (!row) throw new AppError('not_found', 'The alert does not exist.');
  return alertOf(row);
}
