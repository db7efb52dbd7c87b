import { z } from 'zod';
import { creditAmount } from './credits';
import { instant } from './instant';
import { jsonProblem } from './json-problem';
import { cleanText } from './text';
import { EVENT_TYPES, EXECUTION_STATUSES } from './vocabulary';

export const EVENT_LIMITS = { batch: 1_000, dataBytes: 4_096, bodyBytes: 1_048_576, inflatedBytes: 8_388_608, aheadSeconds: 300 } as const;

const count = z.int().min(0);
const tokenCount = count.max(1_000_000_000);

const eventData = z
  .looseObject({
    credits: creditAmount.optional(),
    duration_ms: count.max(31_536_000_000).optional(),
    status: z.enum(EXECUTION_STATUSES).optional(),
    model: cleanText(128).optional(),
    tokens: z.strictObject({ context: tokenCount.optional(), generated: tokenCount.optional() }).optional(),
  })
  .superRefine((data, ctx) => {
    const problem = jsonProblem(data, EVENT_LIMITS.dataBytes);
    if (problem) ctx.addIssue({ code: 'custom', message: problem });
  });

/**
 * One thing that an agent or a user did, in the words of CloudEvents 1.0. Its other attributes are accepted and dropped; an unknown one is refused,
 * except in a CloudEvents batch, where anybody may add some.
 * Identity is (workspace, time, id): the same three again are a duplicate.
 */
export const eventSchema = z.strictObject({
  id: cleanText(128),
  type: z.enum(EVENT_TYPES),
  time: instant,
  user_id: cleanText(128).optional(),
  agent_id: cleanText(128).optional(),
  execution_id: cleanText(128).optional(),
  data: eventData.optional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'must be a W3C traceparent')
    .optional(),
  specversion: z.literal('1.0').optional(),
  source: cleanText(512).optional(),
  subject: cleanText(512).optional(),
  datacontenttype: z.string().max(128).regex(/^application\/json\s*(;[^\x00-\x1f\x7f]*)?$/i, 'must be application/json').optional(),
  dataschema: cleanText(512).optional(),
});

/** One accepted event, as the API received it. */
export type AnalyticsEvent = z.infer<typeof eventSchema>;
