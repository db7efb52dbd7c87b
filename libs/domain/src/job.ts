import { z } from 'zod';
import { workspaceId } from './text';

export const QUEUES = ['rollup'] as const;
export type QueueName = (typeof QUEUES)[number];

/** What a job caused by a request carries besides its own data, so that logs and errors name the request. W3C trace context travels beside it. */
export const jobContext = z.object({ request_id: z.string().max(128).optional(), user_id: z.string().max(128).optional() });

/** "Look at this workspace": the truth stands in `dirty_buckets`, so losing the job costs only time. */
export const rollupJob = z.object({ v: z.literal(1), workspace_id: workspaceId, context: jobContext.default({}) });
export type RollupJob = z.infer<typeof rollupJob>;

/** Hints for one workspace within this time become one job. */
export const ROLLUP_DEBOUNCE_MS = 250;
export const ROLLUP_SWEEP_MS = 5_000;
