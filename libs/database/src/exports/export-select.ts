import { BUCKET_SECONDS, type ExportRequest } from '@shadower/domain';
import { escapeLiteral } from 'pg';
import { CLOCKS_APART_MS, executionStatus, standsForExecution } from '../execution-sql';
import { factsOf } from '../rollup-sql';

/** A column of a file. `free`: text of other people, in which a spreadsheet might find a formula. */
export interface ExportColumn {
  name: string;
  sql: string;
  free?: true;
}

/** What one export reads: columns, and where they come from, in the order of the file. */
export interface ExportSelect {
  columns: ExportColumn[];
  from: string;
}

/** RFC 3339 with microseconds where there are any; needs the time zone UTC. A fraction of the cost of to_char. */
const exact = (time: string): string => `replace(replace(${time}::text, ' ', 'T'), '+00', 'Z')`;
const free = (name: string, sql = `e.${name}`): ExportColumn => ({ name, sql, free: true });
const plain = (name: string, sql = `e.${name}`): ExportColumn => ({ name, sql });
const TIME = plain('time', exact('e.time'));
const MEASURES = [plain('credits', 'trim_scale(e.credits)::text'), plain('duration_ms'), plain('context_tokens'), plain('generated_tokens')];

const EVENTS: ExportColumn[] = [TIME, free('id', 'e.event_id'), plain('type'), free('user_id'), free('agent_id'), free('execution_id'), plain('status'), free('model'), ...MEASURES, plain('trace_id'), plain('data')];
const EXECUTIONS: ExportColumn[] = [TIME, free('execution_id'), free('event_id'), plain('status', executionStatus), free('agent_id'), free('user_id'), free('model'), ...MEASURES, plain('trace_id')];
const ROLLUPS: ExportColumn[] = [
  plain('bucket', exact('e.bucket')),
  plain('type', 'e.kind'),
  ...['events', 'succeeded', 'failed'].map((name) => plain(name)),
  plain('credits', 'trim_scale(e.credits)::text'),
  ...['context_tokens', 'generated_tokens', 'duration_ms_sum', 'duration_count'].map((name) => plain(name)),
];

/** Conditions of the filter; a field of it is named like the column it is about. */
const conditions = (filter: Record<string, string | undefined>, columns: Record<string, string> = {}): string =>
  Object.entries(filter)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([field, value]) => ` AND ${columns[field] ?? `e.${field}`} = ${escapeLiteral(value)}`)
    .join('');

/** The rows of an export, oldest first. COPY takes no parameters, so values stand in the text, escaped. */
export function exportSelect(workspaceId: string, { dataset, from, to, filter }: ExportRequest): ExportSelect {
  const workspace = escapeLiteral(workspaceId);
  const span = `e.time >= ${instant(Date.parse(from))} AND e.time < ${instant(Date.parse(to))}`;
  const events = `FROM events e WHERE e.workspace_id = ${workspace} AND ${span}`;
  if (dataset === 'events') return { columns: EVENTS, from: `${events}${conditions(filter)} ORDER BY e.time, e.event_id` };
  if (dataset === 'executions') return { columns: EXECUTIONS, from: `${events} AND ${standsForExecution(workspace, instant(Date.parse(from) - CLOCKS_APART_MS))}${conditions(filter, { status: executionStatus })} ORDER BY e.time, e.event_id` };
  const step = BUCKET_SECONDS * 1_000;
  const facts = factsOf(workspace, instant(Math.floor(Date.parse(from) / step) * step), instant(Math.ceil(Date.parse(to) / step) * step));
  return { columns: ROLLUPS, from: `FROM (WITH ${facts} SELECT * FROM facts) e WHERE true${conditions(filter, { type: 'e.kind' })} ORDER BY e.bucket, e.kind` };
}

const instant = (ms: number): string => `timestamptz '${new Date(ms).toISOString()}'`;
