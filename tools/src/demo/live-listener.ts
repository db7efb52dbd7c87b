import { LIVE_CHANNELS, LIVE_PATH, LIVE_SUBPROTOCOL, type ServerMessage } from '@shadower/domain';
import WebSocket from 'ws';

export interface LiveListenerOptions {
  /** Where the gateway listens, such as http://127.0.0.1:8002. */
  url: string;
  workspace: string;
  token: string;
  onFrame: (message: ServerMessage) => void;
}

const RETRY_MS = 2_000;

/** Listens to all of a workspace's channels as a dashboard would, and comes back when the gateway went away. */
export class LiveListener {
  private socket?: WebSocket;
  private retry?: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: LiveListenerOptions) {
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close(1000);
  }

  private connect(): void {
    const { url, workspace, token, onFrame } = this.options;
    const address = new URL(`${LIVE_PATH}?workspace=${workspace}`, url.replace(/^http/, 'ws'));
    const socket = new WebSocket(address, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` } });
    this.socket = socket;
    let waitMs = RETRY_MS;
    socket.on('open', () => LIVE_CHANNELS.forEach((ch) => socket.send(JSON.stringify({ type: 'sub', id: ch, ch }))));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      // The gateway says when it goes and spreads the returns of its clients.
      if (message.type === 'bye') waitMs = message.retry_ms;
      onFrame(message);
    });
    // 'close' follows every error.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!this.closed) this.retry = setTimeout(() => this.connect(), waitMs);
    });
  }
}
