import { CLOCKS_APART_MS, executionStatus, standsForExecution } from '@shadower/database';
import { cleanText, EXECUTION_STATUSES, normalizeCredits, type ExecutionStatus } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import type { TimeRange } from '../analytics/time-range';
import { rangeQuery } from '../analytics/time-range';
import { named } from '../http/api-doc';
import { exactTime, paged, pageOf, pageQuery, type Position } from '../http/page';

export const executionQuery = pageQuery.extend({
  ...rangeQuery.shape,
  status: z.enum(EXECUTION_STATUSES).optional(),
  agent_id: cleanText(128).optional(),
  user_id: cleanText(128).optional(),
});
export type ExecutionQuery = z.infer<typeof executionQuery>;

export const listedExecution = named(
  'Execution',
  z.object({
    execution_id: z.string().nullable().meta({ description: 'null when the event did not name one' }),
    event_id: z.string().meta({ description: 'the event this entry is taken from' }),
    status: z.enum(EXECUTION_STATUSES),
    time: z.iso.datetime().meta({ description: 'when it finished; while running, when it started' }),
    agent_id: z.string().nullable(),
    user_id: z.string().nullable(),
    model: z.string().nullable(),
    credits: z.string(),
    duration_ms: z.int().nullable(),
    context_tokens: z.int(),
    generated_tokens: z.int(),
    trace_id: z.string().nullable(),
  }),
);
export type ListedExecution = z.infer<typeof listedExecution>;
export const executionPage = named('ExecutionPage', pageOf(listedExecution));

/** A started execution stands for itself only until its end is known: then the end does. */
const LIST = `SELECT e.execution_id, e.event_id, ${executionStatus} AS status, ${exactTime('e.time')} AS time, e.agent_id, e.user_id, e.model, coalesce(e.credits, 0)::text AS credits,
  e.duration_ms, coalesce(e.context_tokens, 0) AS context_tokens, coalesce(e.generated_tokens, 0) AS generated_tokens, e.trace_id
FROM events e
WHERE e.workspace_id = $1 AND e.time >= $2 AND e.time < $3
  AND ($4::text IS NULL OR ${executionStatus} = $4) AND ($5::text IS NULL OR e.agent_id = $5) AND ($6::text IS NULL OR e.user_id = $6)
  AND ($7::timestamptz IS NULL OR (e.time, e.event_id) < ($7, $8::text))
  AND ${standsForExecution('$1', '$10')}
ORDER BY e.time DESC, e.event_id DESC LIMIT $9`;

type Row = Record<keyof ListedExecution, string> & { status: ExecutionStatus; duration_ms: string | null };

/** What a page covers: `at` is where the one before ended. */
interface PageSpan {
  range: TimeRange;
  now: number;
  at: Position | undefined;
}

/** The executions of a span, the latest first. */
export async function executionsOf(runner: QueryRunner, workspaceId: string, { range, now, at }: PageSpan, { status = null, agent_id = null, user_id = null, limit }: Nullable<ExecutionQuery>): Promise<z.infer<typeof executionPage>> {
  const [time = null, id = null] = at ?? [];
  const found = (await runner.query(LIST, [workspaceId, range.from, range.to, status, agent_id, user_id, time, id, limit + 1, new Date(range.from.getTime() - CLOCKS_APART_MS)])) as Row[];
  const { rows, next_cursor } = paged(found, limit, (row) => [row.time, row.event_id, new Date(now).toISOString()]);
  return { items: rows.map(executionOf), next_cursor };
}
type Nullable<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | null : T[K] };

const executionOf = (row: Row): ListedExecution => ({
  ...row,
  credits: normalizeCredits(row.credits),
  duration_ms: row.duration_ms === null ? null : Number(row.duration_ms),
  context_tokens: Number(row.context_tokens),
  generated_tokens: Number(row.generated_tokens),
});
