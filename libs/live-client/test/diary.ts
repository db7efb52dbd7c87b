import { LiveClient, type LiveHandlers, type LiveState } from '../src';
import { FakeSocket, newest } from './fake-socket';

const realWebSocket = globalThis.WebSocket;

/** A client on fake sockets and a fake clock, without jitter, and everything that it tells its user, in order. */
export class Diary {
  readonly states: LiveState[] = [];
  readonly reasons: (string | undefined)[] = [];
  readonly lines: string[] = [];
  readonly url = jest.fn(async (): Promise<string> => `ws://gateway/live?ticket=${this.url.mock.calls.length}`);
  readonly handlers: LiveHandlers<'alerts'> = {
    start: () => this.lines.push('start'),
    event: ({ offset }) => this.lines.push(offset),
    gap: ({ reason }) => this.lines.push(reason),
    refused: ({ code }) => this.lines.push(`refused ${code}`),
  };
  client?: LiveClient;

  constructor() {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0);
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
    FakeSocket.all = [];
  }

  /** `onState` hears each state after it was written down. */
  connect(onState?: (state: LiveState) => void): LiveClient {
    this.client = new LiveClient({
      url: this.url,
      onState: (state, problem) => {
        this.states.push(state);
        this.reasons.push(problem && ('detail' in problem ? problem.detail : problem.message));
        onState?.(state);
      },
    });
    return this.client;
  }

  /** Connects, and subscribes to alerts. Returns how to end that subscription. */
  async start(): Promise<() => void> {
    const stop = this.connect().subscribe('alerts', this.handlers);
    await this.pass(0);
    return stop;
  }

  /** The same, up to the gateway's hello. */
  async opened(): Promise<() => void> {
    const stop = await this.start();
    newest().hello();
    return stop;
  }

  pass(ms: number): Promise<void> {
    return jest.advanceTimersByTimeAsync(ms);
  }

  close(): void {
    this.client?.close();
    jest.useRealTimers();
    jest.restoreAllMocks();
    globalThis.WebSocket = realWebSocket;
  }
}
