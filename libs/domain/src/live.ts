import { z } from 'zod';
import { alertSchema } from './alert';
import { exportProgress, exportsSnapshot } from './export';
import { workspaceId } from './text';
import { EVENT_TYPES, LIVE_CHANNELS, type LiveChannel } from './vocabulary';

export const LIVE_SUBPROTOCOL = 'shadower.v1';
export const LIVE_PATH = '/live';
export const LIVE_LIMITS = { frameBytes: 65_536, subscriptions: LIVE_CHANNELS.length, heartbeatMs: 25_000, ticketSeconds: 30, streamLength: 10_000 } as const;

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

/** Where a client stands in a workspace's stream: `epoch` names one unbroken history, `offset` the last entry seen in it. */
export type LivePosition = z.infer<typeof position>;

/** A failure in a frame: the same words as a problem+json answer of the REST API. */
export const liveProblem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  retry_after_ms: z.int().optional(),
});
export type LiveProblem = z.infer<typeof liveProblem>;

export const GAP_REASONS = ['epoch_changed', 'history_incomplete'] as const;

/** A row with the columns that a channel carries. */
export const liveRow = changedBucket.partial().required({ bucket: true, kind: true });
export type LiveRow = z.infer<typeof liveRow>;

/** What a fresh subscription to a channel of rows starts from: the day's rows (UTC) and its distinct users so far. */
export const liveSnapshot = z.object({ day: z.iso.date(), active_users: z.int(), buckets: z.array(liveRow) });
export type LiveSnapshot = z.infer<typeof liveSnapshot>;

/** What the channels of rows tell of a changed row; undefined for channels that carry single happenings. */
export function rowsOfChannel(ch: LiveChannel, rows: readonly ChangedBucket[]): LiveRow[] | undefined {
  if (ch === 'metrics') return [...rows];
  if (ch === 'credits') return rows.map(({ bucket, kind, credits }) => ({ bucket, kind, credits }));
  if (ch !== 'executions') return undefined;
  return rows.filter(({ kind }) => kind.startsWith('execution.')).map(({ bucket, kind, events, succeeded, failed }) => ({ bucket, kind, events, succeeded, failed }));
}

/** What the gateway sends. `gap` says that frames were lost for good; a `sub.ok` with `recovered: false` and a fresh snapshot always follows it. */
export const serverMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('hello'), connection_id: z.string(), workspace_id: z.string(), heartbeat_ms: z.int(), max_subs: z.int() }),
  z.strictObject({ type: z.literal('sub.ok'), id: subscriptionId, ch: z.enum(LIVE_CHANNELS), ...position.shape, recovered: z.boolean(), snapshot: z.union([liveSnapshot, exportsSnapshot, z.null()]) }),
  z.strictObject({ type: z.literal('ev'), ch: z.enum(LIVE_CHANNELS), offset: position.shape.offset, ts: z.iso.datetime(), data: z.record(z.string(), z.unknown()), trace: z.string().optional() }),
  z.strictObject({ type: z.literal('gap'), id: subscriptionId, ch: z.enum(LIVE_CHANNELS), ...position.shape, reason: z.enum(GAP_REASONS) }),
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({ type: z.literal('err'), id: subscriptionId.optional(), problem: liveProblem }),
  z.strictObject({ type: z.literal('bye'), retry_ms: z.int() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;

/** What `data` of an `ev` frame is on each channel. Those of rows replace what the client holds under (bucket, kind). */
export const liveData = {
  metrics: z.strictObject({ buckets: z.array(changedBucket), active_users: z.int() }),
  executions: z.strictObject({ buckets: z.array(changedBucket.pick({ bucket: true, kind: true, events: true, succeeded: true, failed: true })) }),
  credits: z.strictObject({ buckets: z.array(changedBucket.pick({ bucket: true, kind: true, credits: true })) }),
  alerts: alertSchema,
  exports: exportProgress,
} as const satisfies Record<LiveChannel, z.ZodType>;
export type LiveData<Ch extends LiveChannel> = z.infer<(typeof liveData)[Ch]>;

/** What a ticket for the live socket stands for, as the API issues it and the gateway redeems it. `expires_at` is that of the token it was bought with: milliseconds since 1970. */
export const liveTicket = z.object({ user_id: z.string().min(1), workspace_id: workspaceId, expires_at: z.int() });
export type LiveTicket = z.infer<typeof liveTicket>;
