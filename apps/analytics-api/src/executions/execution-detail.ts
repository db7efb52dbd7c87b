import { CLOCKS_APART_MS } from '@shadower/database';
import { AppError, EVENT_TYPES, EXECUTION_STATUSES, fromMicroCredits, toMicroCredits, type EventType, type ExecutionStatus } from '@shadower/domain';
import type { QueryRunner } from 'typeorm';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { exactTime } from '../http/page';

const MAX_EVENTS = 1_000;
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
    trace_ids: z.array(z.string()).meta({ description: 'W3C trace ids of its events: look them up in the tracing backend' }),
    events: z.array(step).meta({ description: `in order of time; at most ${MAX_EVENTS}` }),
  }),
);
export type ExecutionDetail = z.infer<typeof executionDetail>;

const EVENTS = `SELECT event_id, type, ${exactTime('time')} AS time, status, credits::text, duration_ms, model, data, trace_id, agent_id, user_id
FROM events e WHERE workspace_id = $1 AND execution_id = $2 AND e.time >= $3 ORDER BY e.time, event_id LIMIT ${MAX_EVENTS}`;
interface Row {
  event_id: string;
  type: EventType;
  time: string;
  status: ExecutionStatus | null;
  credits: string | null;
  duration_ms: string | null;
  model: string | null;
  data: Record<string, unknown> | null;
  trace_id: string | null;
  agent_id: string | null;
  user_id: string | null;
}

/** Nobody says when it was. To look through the partitions of years takes a lock on each, so those of the last month come first: they have all of it when they have its start. */
async function eventsOf(runner: QueryRunner, workspaceId: string, executionId: string): Promise<Row[]> {
  const since = Date.now() - RECENT_MS;
  const recent = (await runner.query(EVENTS, [workspaceId, executionId, new Date(since)])) as Row[];
  const whole = recent.some(({ type, time }) => type === 'execution.started' && Date.parse(time) - CLOCKS_APART_MS >= since);
  return whole ? recent : ((await runner.query(EVENTS, [workspaceId, executionId, new Date(0)])) as Row[]);
}

/** One execution with everything that happened in it. Throws AppError `not_found`. */
export async function executionDetailOf(runner: QueryRunner, workspaceId: string, executionId: string): Promise<ExecutionDetail> {
  const rows = await eventsOf(runner, workspaceId, executionId);
  if (rows.length === 0) throw new AppError('not_found', 'There is no such execution.');
  const last = rows.findLast(({ type }) => type === 'execution.completed' || type === 'execution.failed');
  const micro = rows.reduce((sum, { credits }) => sum + toMicroCredits(credits ?? '0'), 0n);
  return {
    execution_id: executionId,
    status: last ? (last.status ?? (last.type === 'execution.completed' ? 'succeeded' : 'failed')) : 'running',
    started_at: rows.find(({ type }) => type === 'execution.started')?.time ?? null,
    finished_at: last?.time ?? null,
    agent_id: rows.find(({ agent_id }) => agent_id !== null)?.agent_id ?? null,
    user_id: rows.find(({ user_id }) => user_id !== null)?.user_id ?? null,
    credits: fromMicroCredits(micro),
    trace_ids: [...new Set(rows.flatMap(({ trace_id }) => trace_id ?? []))],
    events: rows.map(({ agent_id: _agent, user_id: _user, credits, duration_ms, ...row }) => ({
      ...row,
      credits: credits === null ? null : fromMicroCredits(toMicroCredits(credits)),
      duration_ms: duration_ms === null ? null : Number(duration_ms),
    })),
  };
}
