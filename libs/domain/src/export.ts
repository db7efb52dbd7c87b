import { z } from 'zod';
import { instant } from './instant';
import { cleanText, workspaceId } from './text';
import { jobContext } from './job';
import { EVENT_TYPES, EXECUTION_STATUSES } from './vocabulary';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const EXPORT_COMPRESSIONS = ['none', 'gzip'] as const;
/** `failed` and `expired` ones have no file any more; a deleted one is gone altogether. */
export const EXPORT_STATUSES = ['queued', 'running', 'completed', 'failed', 'expired'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** `keptMs`: a file is deleted so long after it was finished; what is known of the export goes `forgottenMs` after that. */
export const EXPORT_LIMITS = { active: 3, rows: 20_000_000, bytes: 8 * 2 ** 30, days: 1_830, keptMs: 86_400_000, forgottenMs: 30 * 86_400_000 } as const;

const DAY_MS = 86_400_000;
// What is no time at all has been told already.
const moment = instant.refine((text) => !(Date.parse(text) < Date.UTC(2000, 0) || Date.parse(text) > Date.UTC(2100, 0)), 'must lie between the years 2000 and 2100');

const name = cleanText(128).optional();
const how = {
  format: z.enum(EXPORT_FORMATS),
  compression: z.enum(EXPORT_COMPRESSIONS).default('none'),
  from: moment.meta({ description: 'first moment' }),
  to: moment.meta({ description: 'the moment after the last' }),
};
const eventFilter = z.strictObject({ type: z.enum(EVENT_TYPES).optional(), user_id: name, agent_id: name, execution_id: name, model: name });
const executionFilter = z.strictObject({ status: z.enum(EXECUTION_STATUSES).optional(), user_id: name, agent_id: name, model: name });
const rollupFilter = z.strictObject({ type: z.enum(EVENT_TYPES).optional() });

/** What to export. `rollups` are sums of 15 minutes and type of event, from which every local day can be added up. */
export const exportRequest = z
  .discriminatedUnion('dataset', [
    z.strictObject({ dataset: z.literal('events'), ...how, filter: eventFilter.default({}) }),
    z.strictObject({ dataset: z.literal('executions'), ...how, filter: executionFilter.default({}) }),
    z.strictObject({ dataset: z.literal('rollups'), ...how, filter: rollupFilter.default({}) }),
  ])
  .refine(({ from, to }) => !(Date.parse(to) <= Date.parse(from)), { path: ['to'], error: 'must be later than `from`' })
  .refine(({ from, to }) => !(Date.parse(to) - Date.parse(from) > EXPORT_LIMITS.days * DAY_MS), { path: ['from'], error: `must be at most ${EXPORT_LIMITS.days} days before \`to\`` });
export type ExportRequest = z.infer<typeof exportRequest>;
export const EXPORT_DATASETS = ['events', 'executions', 'rollups'] as const satisfies ExportRequest['dataset'][];

/** "Work on this export": the truth stands in `exports`, so losing the job costs only time. */
export const exportJob = z.object({ v: z.literal(1), workspace_id: workspaceId, export_id: z.uuid(), context: jobContext.default({}) });
export type ExportJob = z.infer<typeof exportJob>;

/** `data` of a frame on the channel `exports`: how far one has come. `deleted` is the last word on an export. */
export const exportProgress = z.object({
  export_id: z.uuid(),
  status: z.enum([...EXPORT_STATUSES, 'deleted']),
  dataset: z.enum(EXPORT_DATASETS),
  format: z.enum(EXPORT_FORMATS),
  rows: z.int().meta({ description: 'written so far' }),
  bytes: z.int().meta({ description: 'stored so far' }),
  percent: z.int().min(0).max(100).meta({ description: 'about how much of it is written, by the events of its span; 100 only when it is whole' }),
});
export type ExportProgress = z.infer<typeof exportProgress>;

/** What a fresh subscription to the channel `exports` starts from: those under way, then the newest of the others. */
export const exportsSnapshot = z.object({ exports: z.array(exportProgress) });
export type ExportsSnapshot = z.infer<typeof exportsSnapshot>;
