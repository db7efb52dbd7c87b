import { AppError, EVENT_LIMITS, eventSchema } from '@shadower/domain';
import { z } from 'zod';
import { MEDIA_TYPES } from '../http/body-parsers';
import { fieldProblems } from '../http/field-problems';
import { NdjsonBody } from '../http/json-body';

/** The items of a request, each still unchecked, or the AppError that parsing it gave. `pointer` leads to item 0 as `${pointer}/0`. */
export interface EventBatch {
  items: unknown[];
  pointer: string;
}

const items = z
  .array(z.unknown(), `must be an array of 1 to ${EVENT_LIMITS.batch} events`)
  .min(1, `must hold 1 to ${EVENT_LIMITS.batch} events`)
  .max(EVENT_LIMITS.batch, `must hold at most ${EVENT_LIMITS.batch} events`);
const envelope = z.strictObject({ events: items }, `must be an object with an array "events" of 1 to ${EVENT_LIMITS.batch} events`);

/** CloudEvents' names of attributes have small letters and digits only, so ours come without the underscore. */
const EXTENSIONS = new Map([
  ['userid', 'user_id'],
  ['agentid', 'agent_id'],
  ['executionid', 'execution_id'],
]);
/** Other attributes, such as `tracestate`, are for whoever knows them (CloudEvents 1.0, 3.3); bytes in place of `data` are refused, not lost. */
const ATTRIBUTES = new Set([...Object.keys(eventSchema.shape), 'data_base64']);

/** Takes a body apart by its media type. Throws AppError `bad_request` when there is no list of events in it. */
export function readBatch(contentType: string | undefined, body: unknown): EventBatch {
  const isCloudEvents = contentType?.toLowerCase().startsWith(MEDIA_TYPES.cloudEvents);
  if (body instanceof NdjsonBody) return { items: checked(items, body.items), pointer: '' };
  if (isCloudEvents) return { items: checked(items, body).map(fromCloudEvent), pointer: '' };
  return { items: checked(envelope, body).events, pointer: '/events' };
}

/** How many events a body says it holds, before anything in it is checked. */
export function countOf(body: unknown): number {
  const list = body instanceof NdjsonBody ? body.items : Array.isArray(body) ? body : (body as { events?: unknown } | null)?.events;
  return Array.isArray(list) ? list.length : 1;
}

function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AppError('bad_request', 'The body is not a valid batch of events; see errors.', { errors: fieldProblems(parsed.error) });
  return parsed.data;
}

function fromCloudEvent(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => {
      const ours = EXTENSIONS.get(name) ?? name;
      return ATTRIBUTES.has(ours) ? [[ours, value]] : [];
    }),
  );
}
