// Only types are imported: compiled, this one file is all that a web page needs.
import type { ClientMessage, LIVE_SUBPROTOCOL, LiveChannel, LiveData, LivePosition, LiveProblem, ServerMessage } from '@shadower/domain';
import type { Frame, LiveHandlers } from './live-handlers';

/** `waiting`: between two attempts. `refused`: the gateway will not have this client; it does not try again. */
export type LiveState = 'connecting' | 'open' | 'waiting' | 'refused' | 'closed';

export interface LiveClientOptions {
  /** Asked before each connection, since a ticket is good for one: answers `ws://.../live?ticket=...`. */
  url(): Promise<string>;
  /** `problem` is why the last attempt failed: in the gateway's words, or what `url` threw. */
  onState?(state: LiveState, problem?: LiveProblem | Error): void;
}

interface Subscription {
  id: string;
  ch: LiveChannel;
  handlers: LiveHandlers;
  position?: LivePosition;
  /** Runs while the gateway could not serve it: the time until it is asked for again. */
  retry?: ReturnType<typeof setTimeout>;
}

const SUBPROTOCOL: typeof LIVE_SUBPROTOCOL = 'shadower.v1';
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** Only a connection that lasted this long makes the next wait short again: a gateway that says hello and sends away is asked every 2 s, not four times a second. */
const LASTING_MS = 5_000;
const MOST_FAILURES_AT_HELLO = 3;
const HELLO_PATIENCE_MS = 10_000;
/** protocol, forbidden: to try again would end the same way. */
const FINAL_CODES = [4400, 4403];

/** A connection to the live socket that comes back by itself and goes on where it was: what could not be recovered is announced, never left out silently. */
export class LiveClient {
  private readonly subscriptions = new Map<string, Subscription>();
  private socket?: WebSocket;
  private timer?: ReturnType<typeof setTimeout>;
  private watchdog?: ReturnType<typeof setInterval>;
  /** False from a ping until anything is heard after it. */
  private heard = true;
  private failures = 0;
  private openedAt = Infinity;
  private retryMs?: number;
  private problem?: LiveProblem | Error;
  private asked = 0;
  /** Raised when a connection, or an attempt at one, is given up: what was under way for it then stops. */
  private attempt = 0;
  private ready = false;
  private ended = false;

  constructor(private readonly options: LiveClientOptions) {
    void this.connect();
  }

  /** One subscription a channel. Returns how to end it. */
  subscribe<Ch extends LiveChannel>(ch: Ch, handlers: LiveHandlers<Ch>): () => void {
    if (this.subscriptions.has(ch)) throw new Error(`${ch} is already subscribed`);
    // No id twice: a late answer to one that was ended must not be taken for one to its successor.
    const subscription: Subscription = { id: `${ch}-${(this.asked += 1)}`, ch, handlers: handlers as LiveHandlers };
    this.subscriptions.set(ch, subscription);
    if (this.ready) this.ask(subscription);
    return () => {
      if (this.subscriptions.get(ch) !== subscription) return;
      this.subscriptions.delete(ch);
      if (this.ready && !subscription.retry) this.send({ type: 'unsub', id: subscription.id });
      clearTimeout(subscription.retry);
    };
  }

  close(): void {
    this.end('closed');
  }

  private async connect(): Promise<void> {
    const { attempt } = this;
    this.problem = undefined;
    this.timer = setTimeout(() => this.lost(), HELLO_PATIENCE_MS);
    this.options.onState?.('connecting');
    if (this.attempt !== attempt) return;
    try {
      const url = await this.options.url();
      if (this.attempt !== attempt) return;
      const socket = new WebSocket(url, SUBPROTOCOL);
      this.socket = socket;
      socket.onmessage = ({ data }) => this.socket === socket && this.receive(JSON.parse(String(data)) as ServerMessage);
      socket.onclose = ({ code }) => this.socket === socket && this.lost(code);
    } catch (error) {
      if (this.attempt !== attempt) return;
      this.problem = error instanceof Error ? error : new Error(String(error));
      this.lost();
    }
  }

  private receive(message: ServerMessage): void {
    this.heard = true;
    if (message.type === 'hello') this.opened(message.heartbeat_ms);
    if (message.type === 'bye') this.retryMs = message.retry_ms;
    if (message.type === 'err') this.failed(message);
    if (message.type === 'sub.ok' || message.type === 'gap') this.positioned(message);
    if (message.type === 'ev') this.happened(message);
  }

  private opened(heartbeatMs: number): void {
    clearTimeout(this.timer);
    this.ready = true;
    this.openedAt = performance.now();
    this.failures = Math.min(this.failures, MOST_FAILURES_AT_HELLO);
    for (const subscription of this.subscriptions.values()) this.ask(subscription);
    // A browser never sees the gateway's pings, so it asks for itself whether anybody is still there. No clock is read: in a hidden tab the timer may be late by a minute.
    this.watchdog = setInterval(() => {
      if (!this.heard) return this.lost();
      this.heard = false;
      this.send({ type: 'ping' });
    }, heartbeatMs);
    this.options.onState?.('open');
  }

  private positioned(message: Frame<'sub.ok'> | Frame<'gap'>): void {
    const subscription = this.withId(message.id);
    if (!subscription) return;
    if (message.type === 'gap') {
      subscription.position = undefined;
      return subscription.handlers.gap?.(message);
    }
    subscription.position = { epoch: message.epoch, offset: message.offset };
    if (!message.recovered) subscription.handlers.start?.(message.snapshot);
  }

  private happened(event: Frame<'ev'>): void {
    const subscription = this.subscriptions.get(event.ch);
    if (!subscription?.position) return;
    subscription.position.offset = event.offset;
    // Not checked here: of each channel, the gateway sends what its document says.
    subscription.handlers.event?.(event as typeof event & { data: LiveData<LiveChannel> });
  }

  private failed({ id, problem }: Frame<'err'>): void {
    const subscription = id === undefined ? undefined : this.withId(id);
    if (id === undefined) {
      this.problem = problem;
      this.retryMs = problem.retry_after_ms;
    } else if (subscription && problem.status === 503) {
      subscription.retry = setTimeout(() => this.ask(subscription), spread(problem.retry_after_ms ?? 1_000));
    } else if (subscription) {
      this.subscriptions.delete(subscription.ch);
      subscription.handlers.refused?.(problem);
    }
  }

  private ask(subscription: Subscription): void {
    clearTimeout(subscription.retry);
    subscription.retry = undefined;
    const { id, ch, position } = subscription;
    this.send({ type: 'sub', id, ch, ...(position && { since: position }) });
  }

  private withId(id: string): Subscription | undefined {
    return [...this.subscriptions.values()].find((subscription) => subscription.id === id);
  }

  private send(message: ClientMessage): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  private lost(code?: number): void {
    if (this.ended) return;
    this.drop();
    if (code !== undefined && FINAL_CODES.includes(code)) return this.end('refused');
    if (performance.now() - this.openedAt >= LASTING_MS) this.failures = 0;
    this.openedAt = Infinity;
    const wait = this.retryMs ?? Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.retryMs = undefined;
    this.failures += 1;
    this.timer = setTimeout(() => void this.connect(), spread(wait));
    this.options.onState?.('waiting', this.problem);
  }

  private drop(): void {
    this.attempt += 1;
    clearTimeout(this.timer);
    clearInterval(this.watchdog);
    for (const { retry } of this.subscriptions.values()) clearTimeout(retry);
    this.ready = false;
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
  }

  private end(state: 'refused' | 'closed'): void {
    if (this.ended) return;
    this.ended = true;
    this.drop();
    this.options.onState?.(state, this.problem);
  }
}

/** Between the wait and half as much again, so that clients do not return in step. */
const spread = (ms: number): number => ms * (1 + Math.random() / 2);
