import { CLOCKS_APART_MS, executionStatus } from '@shadower/database';
import { AppError, EVENT_TYPES, EXECUTION_STATUSES, normalizeCredits, type ExecutionStatus } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { exactTime } from '../http/page';

const MAX_EVENTS = 1_000;
const MAX_TRACES = 1_000;
const RECENT_MS = 31 * 86_400_000;
const step = z.object({
  event_id: z.string(),
  type: z.enum(EVENT_TYPES),
  time: z.iso.datetime(),
  status: z.enum(EXECUTION_STATUSES).nullable(),
  credits: z.string().nullable(),
  duration_ms: z.int().nullable(),
  model: z.string().nullable(),
  data: z.record(z.string(), z.unknown()).nullable().meta({ description: 'what else the event carried' }),
  trace_id: z.string().nullable(),
});
export const executionDetail = named(
  'ExecutionDetail',
  z.object({
    execution_id: z.string(),
    status: z.enum(EXECUTION_STATUSES),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
    agent_id: z.string().nullable(),
    user_id: z.string().nullable(),
    credits: z.string().meta({ description: 'of all its events' }),
    trace_ids: z.array(z.string()).meta({ description: `W3C trace ids of its events, the first ${MAX_TRACES}: look them up in the tracing backend` }),
    events_total: z.int().meta({ description: 'how many events it has' }),
    events: z.array(step).meta({ description: `the first ${MAX_EVENTS} of them, in order of time` }),
  }),
);
export type ExecutionDetail = z.infer<typeof executionDetail>;

/** One statement, so that all of it is of one moment, and all but `events` is of all events, however many there are. */
const DETAIL = `WITH run AS MATERIALIZED (
  SELECT e.event_id, e.type, e.time AS at, e.status, e.credits, e.duration_ms, e.model, e.data, e.trace_id, e.agent_id, e.user_id, ${executionStatus} AS outcome, e.type IN ('execution.completed', 'execution.failed') AS ends
  FROM events e WHERE e.workspace_id = $1 AND e.execution_id = $2 AND e.time >= $3
)
SELECT count(*)::int AS events_total,
  (array_agg(outcome ORDER BY at DESC, event_id DESC) FILTER (WHERE ends))[1] AS outcome,
  ${exactTime(`min(at) FILTER (WHERE type = 'execution.started')`)} AS started_at,
  ${exactTime('max(at) FILTER (WHERE ends)')} AS finished_at,
  (array_agg(agent_id ORDER BY at, event_id) FILTER (WHERE agent_id IS NOT NULL))[1] AS agent_id,
  (array_agg(user_id ORDER BY at, event_id) FILTER (WHERE user_id IS NOT NULL))[1] AS user_id,
  coalesce(sum(credits), 0)::text AS credits,
  (SELECT coalesce(array_agg(trace_id ORDER BY first, trace_id), '{}') FROM (
    SELECT trace_id, min(at) AS first FROM run WHERE trace_id IS NOT NULL GROUP BY trace_id ORDER BY first, trace_id LIMIT ${MAX_TRACES}
  ) t) AS trace_ids,
  (SELECT json_agg(s ORDER BY s.time, s.event_id) FROM (
    SELECT event_id, type, ${exactTime('at')} AS time, status, credits::text, duration_ms, model, data, trace_id FROM run ORDER BY at, event_id LIMIT ${MAX_EVENTS}
  ) s) AS events
FROM run`;
type Row = Omit<ExecutionDetail, 'execution_id' | 'status' | 'events'> & { outcome: ExecutionStatus | null; events: z.infer<typeof step>[] | null };

/** Nobody says when it was. To look through the partitions of years takes a lock on each, so those of the last month come first: they have all of it when they have its start. */
async function rowOf(runner: QueryRunner, workspaceId: string, executionId: string): Promise<Row> {
  const ask = async (since: number): Promise<Row> => ((await runner.query(DETAIL, [workspaceId, executionId, new Date(since)])) as [Row])[0];
  const since = Date.now() - RECENT_MS;
  const recent = await ask(since);
  const isWhole = recent.started_at !== null && Date.parse(recent.started_at) - CLOCKS_APART_MS >= since;
  return isWhole ? recent : ask(0);
}

/** One execution with everything that happened in it. Throws AppError `not_found`. */
export async function executionDetailOf(runner: QueryRunner, workspaceId: string, executionId: string): Promise<ExecutionDetail> {
  const { outcome, events, ...row } = await rowOf(runner, workspaceId, executionId);
  if (!events) throw new AppError('not_found', 'The execution does not exist.');
  return {
    execution_id: executionId,
    status: outcome ?? 'running',
    ...row,
    credits: normalizeCredits(row.credits),
    events: events.map(({ credits, ...event }) => ({ ...event, credits: credits === null ? null : normalizeCredits(credits) })),
  };
}
