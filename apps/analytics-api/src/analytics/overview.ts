import { steppedFacts } from '@shadower/database';
import { EVENT_TYPES, type EventType } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { usersOfDays } from './active-users';
import { figures, figuresOf } from './figures';
import { metaOf, metaSchema } from './meta';
import { METRICS, SUMS, type Histogram, type Sums } from './metric';
import { daysOf, type TimeRange } from './time-range';

export const overviewSchema = named(
  'Overview',
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    totals: z.object({
      ...figures,
      active_users: z.int().meta({ description: 'distinct users of the days (UTC) that the span touches' }),
      average_duration_ms: z.number().nullable(),
    }),
    kinds: z.array(z.object({ kind: z.enum(EVENT_TYPES), ...figures })),
    meta: metaSchema,
  }),
);
export type Overview = z.infer<typeof overviewSchema>;

/** One row a kind and one, without a kind, of all. */
const OVERVIEW = `WITH ${steppedFacts('kind', { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: 'ARRAY[$2, $3]::timestamptz[]', key: 'NULL::text' })}
SELECT key AS kind, ${SUMS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(', ')}, (SELECT count(*) FROM dirty) AS dirty, transaction_timestamp() AS at
FROM facts GROUP BY GROUPING SETS ((key), ()) ORDER BY key NULLS FIRST`;

type Row = Sums & { kind: EventType | null; dirty: string; at: Date };
/** None of these figures needs it. */
const NO_HISTOGRAM: Histogram = new Map();
const figuresOfRow = (row: Row) => figuresOf(figures, (metric) => METRICS[metric].of(row, NO_HISTOGRAM));

/** The figures of `[from, to)`; `range` must lie on bounds of buckets. */
export async function overviewOf(runner: QueryRunner, workspaceId: string, range: TimeRange, now: number): Promise<Overview> {
  const [total, ...kinds] = (await runner.query(OVERVIEW, [workspaceId, range.from, range.to])) as [Row, ...Row[]];
  const days = daysOf(range);
  const users = await usersOfDays(runner, workspaceId, days);
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    totals: {
      ...figuresOfRow(total),
      active_users: users,
      average_duration_ms: METRICS.duration_average.of(total),
    },
    kinds: kinds.map((row) => ({ kind: row.kind as EventType, ...figuresOfRow(row) })),
    meta: metaOf(Number(total.dirty), total.at, now),
  };
}
