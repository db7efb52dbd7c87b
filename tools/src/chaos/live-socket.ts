import { once } from 'node:events';
import { LIVE_PATH, LIVE_SUBPROTOCOL, type LiveChannel, type ServerMessage } from '@shadower/domain';
import WebSocket from 'ws';

/** Where a socket is opened, and as whom. */
export interface LiveTarget {
  /** Of the gateway. */
  url: string;
  workspace: string;
  token: string;
}

/** Frames longer than so many bytes are only taken off the line. */
const LARGE_BYTES = 100_000;
const PATIENCE_MS = 30_000;

/** Opens a socket and subscribes to one channel. `onEvent` gets what is told after that, but for large frames. */
export async function openLiveSocket({ url, workspace, token }: LiveTarget, ch: LiveChannel, onEvent?: (frame: Extract<ServerMessage, { type: 'ev' }>) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${LIVE_PATH}?workspace=${workspace}`, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false, handshakeTimeout: PATIENCE_MS });
  socket.on('error', () => undefined);
  await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
  socket.send(JSON.stringify({ type: 'sub', id: ch, ch }));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to a subscription to ${ch} within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
    socket.on('message', (data: Buffer) => {
      if (data.length > LARGE_BYTES) return;
      const frame = JSON.parse(data.toString()) as ServerMessage;
      if (frame.type === 'sub.ok') resolve(clearTimeout(timer));
      else if (frame.type === 'ev') onEvent?.(frame);
    });
  });
  return socket;
}
