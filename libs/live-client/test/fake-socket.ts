import type { ClientMessage, LiveProblem, ServerMessage } from '@shadower/domain';

type Asked = Extract<ClientMessage, { type: 'sub' }>;

export const HEARTBEAT_MS = 25_000;
export const EPOCH = 'e';
export const UNAVAILABLE: LiveProblem = { type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: 'try again', retry_after_ms: 1_000 };

/** The gateway's end of a socket: what the client sent, and what it is to hear. */
export class FakeSocket {
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

export const connections = (): number => FakeSocket.all.length;
export const newest = (): FakeSocket => FakeSocket.all.at(-1)!;
export const event = (n: number): Extract<ServerMessage, { type: 'ev' }> => ({ type: 'ev', ch: 'alerts', offset: `${n}-0`, ts: '2026-11-23T12:00:00.000Z', data: {} });
