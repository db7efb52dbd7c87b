import type { ClientMessage, LiveProblem, ServerMessage } from '@shadower/domain';
import { LiveClient, type LiveHandlers, type LiveState } from './live-client';

type Frame<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;
type Asked = Extract<ClientMessage, { type: 'sub' }>;

const HEARTBEAT_MS = 25_000;
const EPOCH = 'e';
const UNAVAILABLE: LiveProblem = { type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: 'try again', retry_after_ms: 1_000 };

/** The gateway's end of a socket: what the client sent, and what it is to hear. */
class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 1;
  readonly sent: ClientMessage[] = [];
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.readyState = 3;
  }

  tell(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  hello(): void {
    this.tell({ type: 'hello', connection_id: 'c', workspace_id: 'acme', heartbeat_ms: HEARTBEAT_MS, max_subs: 5 });
  }

  lose(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  get subs(): Asked[] {
    return this.sent.filter((message) => message.type === 'sub');
  }

  /** Answers the subscription that was asked for last. */
  begin(offset: string, recovered = false): void {
    const { id, ch } = this.subs.at(-1)!;
    this.tell({ type: 'sub.ok', id, ch, epoch: EPOCH, offset, recovered, snapshot: null });
  }
}

const newest = (): FakeSocket => FakeSocket.all.at(-1)!;
const event = (n: number): Frame<'ev'> => ({ type: 'ev', ch: 'alerts', offset: `${n}-0`, ts: '2026-11-23T12:00:00.000Z', data: {} });
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('LiveClient', () => {
  const realWebSocket = globalThis.WebSocket;
  let client: LiveClient;
  let states: LiveState[];
  let reasons: (string | undefined)[];
  let lines: string[];
  let handlers: LiveHandlers<'alerts'>;
  let url: jest.Mock<Promise<string>>;

  /** A client whose every callback is written down, and the subscription to alerts that a page would hold. */
  const start = async (): Promise<() => void> => {
    client = new LiveClient({
      url,
      onState: (state, problem) => {
        states.push(state);
        reasons.push(problem && ('detail' in problem ? problem.detail : problem.message));
      },
    });
    const stop = client.subscribe('alerts', handlers);
    await pass(0);
    return stop;
  };
  const opened = async (): Promise<() => void> => {
    const stop = await start();
    newest().hello();
    return stop;
  };

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0);
    globalThis.WebSocket = FakeSocket as unknown as typeof WebSocket;
    FakeSocket.all = [];
    [states, reasons, lines] = [[], [], []];
    url = jest.fn(async () => `ws://gateway/live?ticket=${url.mock.calls.length}`);
    handlers = { start: () => lines.push('start'), event: ({ offset }) => lines.push(offset), gap: ({ reason }) => lines.push(reason), refused: ({ code }) => lines.push(`refused ${code}`) };
  });
  afterEach(() => {
    client.close();
    jest.useRealTimers();
    jest.restoreAllMocks();
    globalThis.WebSocket = realWebSocket;
  });

  describe('a subscription that cannot be served now', () => {
    const fail = (): void => newest().tell({ type: 'err', id: newest().subs.at(-1)!.id, problem: UNAVAILABLE });

    it('is asked for again after the time that the gateway names', async () => {
      await opened();
      fail();
      await pass(999);
      expect(newest().subs).toHaveLength(1);
      await pass(1);
      expect(newest().subs).toHaveLength(2);
    });

    it('is asked for once on a connection that came in between', async () => {
      await opened();
      fail();
      newest().lose();
      await pass(250);
      newest().hello();
      newest().begin('1-0');
      await pass(5_000);
      expect(newest().subs).toHaveLength(1);
      newest().tell(event(2));
      expect(lines).toEqual(['start', '2-0']);
    });

    it('is not asked for after it was ended, nor taken for the one that follows it', async () => {
      const stop = await opened();
      const first = newest().subs[0]!;
      fail();
      stop();
      client.subscribe('alerts', handlers);
      await pass(5_000);
      expect(newest().subs).toHaveLength(2);
      newest().tell({ type: 'err', id: first.id, problem: { ...UNAVAILABLE, status: 404, code: 'not_found' } });
      newest().begin('1-0');
      expect(lines).toEqual(['start']);
    });
  });

  describe('an attempt to connect', () => {
    it('that waits too long for its ticket opens no socket when the ticket comes, beside the next one', async () => {
      const late: ((url: string) => void)[] = [];
      url.mockImplementation(() => new Promise((resolve) => late.push(resolve)));
      await start();
      await pass(10_000 + 250);
      expect(late).toHaveLength(2);
      late.forEach((resolve) => resolve('ws://gateway/live?ticket=t'));
      await pass(0);
      expect(FakeSocket.all).toHaveLength(1);
    });

    it('that was given up changes nothing when its ticket fails at last', async () => {
      const late: ((reason: Error) => void)[] = [];
      url.mockImplementationOnce(() => new Promise((_, reject) => late.push(reject)));
      await start();
      await pass(10_000 + 250);
      newest().hello();
      late[0]!(new Error('too late'));
      await pass(0);
      expect(states).toEqual(['connecting', 'waiting', 'connecting', 'open']);
    });

    it.each(['connecting', 'open', 'waiting'] as const)('is the last one when the user closes on the word "%s"', async (word) => {
      let made = false;
      client = new LiveClient({ url, onState: (state) => void (made && state === word && client.close()) });
      made = true;
      await pass(0);
      newest().hello();
      newest().lose();
      await pass(250);
      const bought = url.mock.calls.length;
      await pass(600_000);
      expect(url).toHaveBeenCalledTimes(bought);
    });
  });

  it('asks once for what is subscribed when it opens', async () => {
    client = new LiveClient({ url, onState: (state) => void (state === 'open' && client.subscribe('alerts', handlers)) });
    await pass(0);
    newest().hello();
    expect(newest().subs).toHaveLength(1);
  });

  it('asks for nothing more once it is closed, whatever still comes', async () => {
    await opened();
    client.close();
    const socket = newest();
    socket.hello();
    socket.lose();
    await pass(600_000);
    expect(url).toHaveBeenCalledTimes(1);
    expect(states).toEqual(['connecting', 'open', 'closed']);
  });
});
