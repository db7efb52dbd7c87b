import { z } from 'zod';
import { EVENT_TYPES, LIVE_CHANNELS } from './vocabulary';

export const LIVE_SUBPROTOCOL = 'shadower.v1';
export const LIVE_PATH = '/live';
export const LIVE_LIMITS = { frameBytes: 65_536, subscriptions: 16, heartbeatMs: 25_000, ticketSeconds: 30, streamLength: 10_000 } as const;

/** WebSocket close codes (RFC 6455 section 7.4; 4000 to 4999 are the application's own). */
export const CLOSE_CODES = {
  drain: 1001,
  too_big: 1009,
  overload: 1013,
  protocol: 4400,
  token: 4401,
  forbidden: 4403,
  heartbeat: 4408,
  slow_consumer: 4413,
  flood: 4429,
} as const;
export type CloseReason = keyof typeof CLOSE_CODES;

const position = z.strictObject({ epoch: z.string().min(1).max(64), offset: z.string().regex(/^\d{1,20}-\d{1,20}$/) });
const subscriptionId = z.string().min(1).max(64);

/** What a client may send, one JSON object a text frame. */
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('sub'), id: subscriptionId, ch: z.enum(LIVE_CHANNELS), since: position.optional() }),
  z.strictObject({ type: z.literal('unsub'), id: subscriptionId }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('pong') }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

/** One rollup row that changed, whole: a client replaces what it holds under (bucket, kind), so a repeated frame does no harm. */
export const changedBucket = z.object({
  bucket: z.iso.datetime(),
  kind: z.enum(EVENT_TYPES),
  events: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  credits: z.string(),
  context_tokens: z.int(),
  generated_tokens: z.int(),
});
export type ChangedBucket = z.infer<typeof changedBucket>;

/** One entry of a workspace's live stream in Redis, as worker and API write it and the gateway reads it. `trace` is a W3C traceparent. */
export const liveEntry = z.object({
  ch: z.enum(LIVE_CHANNELS),
  ts: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
  trace: z.string().optional(),
  request_id: z.string().optional(),
});
export type LiveEntry = z.infer<typeof liveEntry>;
