import { z } from 'zod';
import { cleanText, workspaceId } from './text';

export const QUEUES = ['rollup', 'upkeep', 'erasure', 'export'] as const;
export type QueueName = (typeof QUEUES)[number];

/** What a job caused by a request carries besides its own data, so that logs and errors name the request. W3C trace context travels beside it. */
export const jobContext = z.object({ request_id: z.string().max(128).optional(), user_id: z.string().max(128).optional() });

/** "Look at this workspace": the truth stands in `dirty_buckets`, so losing the job costs only time. */
export const rollupJob = z.object({ v: z.literal(1), workspace_id: workspaceId, context: jobContext.default({}) });
export type RollupJob = z.infer<typeof rollupJob>;

/** The system's own recurring work, and how often each is due. One schedule serves all replicas. */
export const UPKEEP_EVERY_MS = { 'quota-check': 60_000, 'spike-detect': 60_000, 'resume-erasures': 60_000, 'settle-days': 30_000, 'expire-events': 3_600_000, 'forget-dead-jobs': 3_600_000, 'forget-idempotency-keys': 3_600_000, 'expire-exports': 300_000 } as const;
export type UpkeepTask = keyof typeof UPKEEP_EVERY_MS;
export const upkeepJob = z.object({ v: z.literal(1), task: z.enum(Object.keys(UPKEEP_EVERY_MS) as [UpkeepTask, ...UpkeepTask[]]) });
export type UpkeepJob = z.infer<typeof upkeepJob>;

/** What kinds of work each queue knows, by the names of the jobs; `sweep` is what a worker finds by itself. */
export const JOB_TYPES: Readonly<Record<QueueName, readonly string[]>> = { rollup: ['rollup', 'sweep'], upkeep: Object.keys(UPKEEP_EVERY_MS), erasure: ['erase-user'], export: ['export', 'sweep'] };

/** "Forget this user": the order stands in `erasures`, so losing the job costs only time. */
export const erasureJob = z.object({ v: z.literal(1), workspace_id: workspaceId, user_id: cleanText(128), context: jobContext.default({}) });
export type ErasureJob = z.infer<typeof erasureJob>;

/** Hints for one workspace within this time become one job. */
export const ROLLUP_DEBOUNCE_MS = 250;
export const ROLLUP_SWEEP_MS = 5_000;
