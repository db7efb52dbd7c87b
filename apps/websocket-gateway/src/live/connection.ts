import { randomUUID } from 'node:crypto';
import { AppError, CLOSE_CODES, LIVE_LIMITS, type ClientMessage, type CloseReason, type LiveTicket, type ServerMessage } from '@shadower/domain';
import { counter, getLogger, runInContext, problemOf, runSocketMessage } from '@shadower/telemetry';
import type { RawData, WebSocket } from 'ws';
import { claimedId, frameType, parseFrame, readMessage } from './client-frame';
import { endReason, type EndReason } from './close-reason';
import { Heartbeat } from './heartbeat';
import type { LiveHub } from './live-hub';
import { MessageBudget } from './message-budget';
import { BUFFER_LIMIT_BYTES, SendGate } from './send-gate';
import { encode } from './server-frame';
import { Subscription, type Outlet } from './subscription';

const TEXT = { binary: false };
const logger = getLogger('live');

/** One client's socket: what it says, what it may be sent, and when it must go. */
export class Connection implements Outlet {
  private readonly identity: { connection_id: string; user_id: string; workspace_id: string };
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly budget = new MessageBudget(performance.now());
  private readonly gate = new SendGate();
  private readonly heartbeat: Heartbeat;
  private nextCatchUp = 0;
  private nextConfirmation: number;
  private ended?: EndReason;

  constructor(
    private readonly socket: WebSocket,
    private readonly visitor: LiveTicket,
    private readonly hub: LiveHub,
    private readonly heartbeatMs: number,
  ) {
    this.identity = { connection_id: randomUUID(), user_id: visitor.user_id, workspace_id: visitor.workspace_id };
    this.heartbeat = new Heartbeat(heartbeatMs, performance.now());
    this.nextConfirmation = performance.now() + heartbeatMs;
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('ping', () => this.afford());
    socket.on('pong', () => this.afford());
    socket.on('error', (err) => runInContext(this.identity, () => logger.debug({ err }, 'socket failed')));
    socket.on('close', (code) => this.closed(code));
  }

  open(): void {
    counter('websocket_connections_total').inc({ result: 'opened', reason: 'none' });
    runInContext(this.identity, () => logger.info({}, 'live connection opened'));
    const { connection_id, workspace_id } = this.identity;
    this.tell({ type: 'hello', connection_id, workspace_id, heartbeat_ms: this.heartbeatMs, max_subs: LIVE_LIMITS.subscriptions });
  }

  /** Queues bytes that were encoded once for many. False when the client has no room. */
  offer(bytes: Buffer): boolean {
    if (this.socket.readyState !== this.socket.OPEN || this.socket.bufferedAmount > BUFFER_LIMIT_BYTES) return false;
    this.socket.send(bytes, TEXT);
    return true;
  }

  tell(message: ServerMessage): boolean {
    return runSocketMessage({ ...this.identity, message_type: message.type, direction: 'out' }, () => this.offer(encode(message)));
  }

  /** To be called a few times a second: ends what must end, and catches up what fell behind. `now` is a monotonic time in ms, `wallClock` ms since 1970. */
  check(now: number, wallClock: number): void {
    if (this.ended) return;
    const room = this.gate.check(this.socket.bufferedAmount, now);
    const life = this.heartbeat.check(now);
    if (wallClock >= this.visitor.expires_at) this.close('token');
    else if (room === 'too_slow') this.close('slow_consumer');
    else if (life === 'dead') this.close('heartbeat');
    else if (life === 'ask') this.socket.ping();
    if (room === 'open' && now >= this.nextCatchUp) this.catchUp(now);
    if (now >= this.nextConfirmation) this.confirm(now);
  }

  /** Says good-bye before a shutdown; `retryMs` spreads the clients' return. */
  drain(retryMs: number): void {
    this.tell({ type: 'bye', retry_ms: retryMs });
    this.close('drain');
  }

  close(reason: CloseReason): void {
    if (this.ended) return;
    this.ended = reason;
    this.leaveAll();
    this.socket.close(CLOSE_CODES[reason], reason);
  }

  terminate(): void {
    this.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.ended || !this.afford()) return;
    let frame: Record<string, unknown>;
    try {
      frame = parseFrame(data, isBinary);
    } catch (error) {
      counter('websocket_messages_total').inc({ direction: 'in', message_type: 'unknown' });
      this.tell({ type: 'err', problem: problemOf(error) });
      this.close('protocol');
      return;
    }
    const answered = runSocketMessage({ ...this.identity, message_type: frameType(frame), direction: 'in' }, async () => this.handle(readMessage(frame)));
    answered.catch((error: unknown) => this.tell({ type: 'err', id: claimedId(frame), problem: problemOf(error) }));
  }

  private async handle(message: ClientMessage): Promise<void> {
    if (message.type === 'ping') this.tell({ type: 'pong' });
    if (message.type === 'sub') await this.subscribe(message);
    if (message.type === 'unsub') this.unsubscribe(message.id);
  }

  private async subscribe({ id, ch, since }: Extract<ClientMessage, { type: 'sub' }>): Promise<void> {
    const held = [...this.subscriptions.values()];
    if (held.some((other) => other.id === id || other.ch === ch)) throw new AppError('conflict', 'There is already a subscription with this id or on this channel.');
    const subscription = new Subscription(id, ch, this, since);
    this.subscriptions.set(id, subscription);
    try {
      await this.hub.join(this.visitor.workspace_id, subscription);
    } catch (error) {
      if (this.subscriptions.get(id) === subscription) this.subscriptions.delete(id);
      throw error;
    }
  }

  private unsubscribe(id: string): void {
    const subscription = this.subscriptions.get(id);
    if (!subscription) throw new AppError('not_found', 'There is no subscription with this id.');
    this.subscriptions.delete(id);
    this.hub.leave(this.visitor.workspace_id, subscription);
  }

  /** Any frame is a sign of life and costs one token; a client without tokens is sent away. */
  private afford(): boolean {
    const now = performance.now();
    this.heartbeat.heard(now);
    const affordable = this.budget.spend(now);
    if (!affordable) this.close('flood');
    return affordable;
  }

  private catchUp(now: number): void {
    const behind = [...this.subscriptions.values()].filter((subscription) => subscription.behind);
    for (const subscription of behind) this.hub.catchUp(this.visitor.workspace_id, subscription);
    if (behind.length > 0) this.nextCatchUp = now + 500 + Math.random() * 1_000;
  }

  private confirm(now: number): void {
    this.nextConfirmation = now + this.heartbeatMs;
    for (const subscription of this.subscriptions.values()) this.hub.confirm(this.visitor.workspace_id, subscription, this.heartbeatMs / 2);
  }

  private leaveAll(): void {
    for (const subscription of this.subscriptions.values()) this.hub.leave(this.visitor.workspace_id, subscription);
    this.subscriptions.clear();
  }

  private closed(code: number): void {
    this.leaveAll();
    this.ended ??= endReason(code);
    counter('websocket_connections_total').inc({ result: 'closed', reason: this.ended });
    runInContext(this.identity, () => logger.info({ reason: this.ended, code }, 'live connection closed'));
  }
}
