import { steppedFacts } from '@shadower/database';
import { EVENT_TYPES, fromMicroCredits, toMicroCredits, type EventType } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { usersOfDays } from './active-users';
import { metaOf, metaSchema } from './meta';
import { daysOf, type TimeRange } from './time-range';

const figures = {
  events: z.int(),
  executions: z.int().meta({ description: 'finished executions' }),
  succeeded: z.int(),
  failed: z.int().meta({ description: 'finished in any other way: failed, cancelled, timed out' }),
  credits: z.string().meta({ description: 'exact decimal' }),
  context_tokens: z.int(),
  generated_tokens: z.int(),
};
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

const SUMS = ['events', 'succeeded', 'failed', 'credits', 'context_tokens', 'generated_tokens', 'duration_ms_sum', 'duration_count'] as const;

/** One row a kind and one, without a kind, of all. */
const OVERVIEW = `WITH ${steppedFacts('kind', { workspace: '$1', from: '$2::timestamptz', to: '$3::timestamptz', bounds: 'ARRAY[$2, $3]::timestamptz[]', key: 'NULL::text' })}
SELECT key AS kind, ${SUMS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(', ')}, (SELECT count(*) FROM dirty) AS dirty, statement_timestamp() AS at
FROM facts GROUP BY GROUPING SETS ((key), ()) ORDER BY key NULLS FIRST`;

type Row = { kind: EventType | null; dirty: string; at: Date } & Record<(typeof SUMS)[number], string>;

/** The figures of `[from, to)`; `range` must lie on bounds of buckets. */
export async function overviewOf(runner: QueryRunner, workspaceId: string, range: TimeRange, now: number): Promise<Overview> {
  const [total, ...kinds] = (await runner.query(OVERVIEW, [workspaceId, range.from, range.to])) as [Row, ...Row[]];
  const days = daysOf(range);
  const users = await usersOfDays(runner, workspaceId, days);
  const durations = Number(total.duration_count);
  return {
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    totals: {
      ...figuresOf(total),
      active_users: users,
      average_duration_ms: durations === 0 ? null : Number(total.duration_ms_sum) / durations,
    },
    kinds: kinds.map((row) => ({ kind: row.kind as EventType, ...figuresOf(row) })),
    meta: metaOf(Number(total.dirty), total.at, now),
  };
}

const figuresOf = (row: Row) => ({
  events: Number(row.events),
  executions: Number(row.succeeded) + Number(row.failed),
  succeeded: Number(row.succeeded),
  failed: Number(row.failed),
  credits: fromMicroCredits(toMicroCredits(row.credits)),
  context_tokens: Number(row.context_tokens),
  generated_tokens: Number(row.generated_tokens),
});
