import { LIVE_SUBPROTOCOL, serverMessage, type ServerMessage } from '@shadower/domain';
import { WebSocket, type ClientOptions } from 'ws';

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A bare `ws` client: every frame must match the protocol's schema, and is kept in order until somebody asks for it. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The HTTP status, when the upgrade was refused. */
  readonly refused: Promise<number>;
  readonly frames: ServerMessage[] = [];
  private wake: () => void = () => undefined;

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = [LIVE_SUBPROTOCOL]) {
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    this.refused = new Promise((resolve) =>
      this.socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      }),
    );
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data) => {
      this.frames.push(serverMessage.parse(JSON.parse(String(data))));
      this.wake();
    });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The next frame, which must be of this type. */
  async next<T extends ServerMessage['type']>(type: T, withinMs = 5_000): Promise<Of<T>> {
    const deadline = Date.now() + withinMs;
    while (this.frames.length === 0) await this.arrival(deadline, type);
    const frame = this.frames.shift()!;
    if (frame.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`);
    return frame as Of<T>;
  }

  /** Subscribes, and waits for the answer. */
  async subscribe(ch: string, since?: object, id: string = ch): Promise<Of<'sub.ok'>> {
    this.send({ type: 'sub', id, ch, since });
    return this.next('sub.ok');
  }

  /** What comes within a time, which may be nothing. */
  async during(ms: number): Promise<ServerMessage[]> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.frames.splice(0);
  }

  close(): void {
    this.socket.terminate();
  }

  private async arrival(deadline: number, type: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.wake = resolve;
      timer = setTimeout(() => reject(new Error(`no ${type} frame in time`)), Math.max(0, deadline - Date.now()));
    }).finally(() => clearTimeout(timer));
  }
}
