import type { ExportsSnapshot, LiveChannel, LivePosition, LiveSnapshot, ServerMessage } from '@shadower/domain';
import { compareOffsets } from './compare-offsets';
import { countFrames } from './count-frames';
import type { EventFrame } from './server-frame';

/** Frames that may wait while a subscription opens; beyond that the rest is fetched from history. */
const WAITING_LIMIT = 1_000;

/** Where a subscription's frames go. False when the client has no room: then nothing was queued. */
export interface Outlet {
  offer(bytes: Buffer): boolean;
  tell(message: ServerMessage): boolean;
}

export interface Beginning {
  at: LivePosition;
  recovered: boolean;
  snapshot: LiveSnapshot | ExportsSnapshot | null;
}

/**
 * One client's interest in one channel. Frames reach it in the order of their offsets, each once. While it opens they wait; when the client
 * has no room they are left out and the subscription is `behind`: it must be opened again, from its position.
 */
export class Subscription {
  behind = false;
  ended = false;
  private waiting?: EventFrame[];
  private attempt = 0;

  /** `position` is what the client knows: at first its own `since`, then the last that it was sent. */
  constructor(
    readonly id: string,
    readonly ch: LiveChannel,
    private readonly outlet: Outlet,
    public position?: LivePosition,
  ) {}

  /** True when the frame was sent: it may also wait, be left out, or be known to the client already. */
  deliver(frame: EventFrame): boolean {
    if (this.behind || this.ended) return false;
    if (this.waiting) return this.wait(this.waiting, frame);
    if (!this.position || compareOffsets(frame.offset, this.position.offset) <= 0) return false;
    return this.send(this.position, frame);
  }

  /** Begins to open: frames are held back from now on. The returned function tells whether this attempt was overtaken by another, or by `end`. */
  hold(): () => boolean {
    const attempt = (this.attempt += 1);
    this.waiting = [];
    this.behind = false;
    return () => this.attempt !== attempt;
  }

  /** Answers the client with the point it begins at; `missed` and what was held back follow. */
  begin({ at, recovered, snapshot }: Beginning, missed: EventFrame[] = []): void {
    const held = this.waiting ?? [];
    const overflowed = this.behind;
    this.waiting = undefined;
    this.behind = !this.outlet.tell({ type: 'sub.ok', id: this.id, ch: this.ch, ...at, recovered, snapshot });
    if (!this.behind) this.position = { ...at };
    countFrames([...missed, ...held].filter((frame) => this.deliver(frame)).length);
    this.behind ||= overflowed;
  }

  /** Tells the client that frames after what it knows are lost, so that only a snapshot helps. False when it had no room for the word. */
  announceGap(at: LivePosition): boolean {
    const reason = this.position?.epoch === at.epoch ? 'history_incomplete' : 'epoch_changed';
    const told = this.outlet.tell({ type: 'gap', id: this.id, ch: this.ch, ...at, reason });
    if (told) this.position = undefined;
    return told;
  }

  /**
   * Moves the client's position forward to `at`, up to where it has been sent everything: on a quiet channel no frame would, and what the other
   * channels wrote since would push its position out of history. Says nothing when that would gain less than `leastMs` of history.
   */
  confirm(at: LivePosition, leastMs: number): void {
    const known = this.position;
    if (this.behind || this.ended || this.waiting || known?.epoch !== at.epoch) return;
    if (timeOf(at) - timeOf(known) < leastMs) return;
    if (this.outlet.tell({ type: 'sub.ok', id: this.id, ch: this.ch, ...at, recovered: true, snapshot: null })) this.position = { ...at };
  }

  /** Gives up an attempt to open; it is to be tried again. */
  postpone(): void {
    this.waiting = undefined;
    this.behind = true;
  }

  /** Nothing more reaches the client, whatever is still under way. */
  end(): void {
    this.attempt += 1;
    this.ended = true;
    this.waiting = undefined;
  }

  private send(position: LivePosition, frame: EventFrame): boolean {
    const queued = this.outlet.offer(frame.bytes);
    if (queued) position.offset = frame.offset;
    else this.behind = true;
    return queued;
  }

  private wait(waiting: EventFrame[], frame: EventFrame): false {
    if (waiting.length < WAITING_LIMIT) waiting.push(frame);
    else this.behind = true;
    return false;
  }
}

/** An offset begins with the milliseconds since 1970 at which its entry was written. */
const timeOf = ({ offset }: LivePosition): number => Number.parseInt(offset, 10);
