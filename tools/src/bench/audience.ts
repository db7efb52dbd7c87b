import WebSocket from 'ws';

/** Many sockets that listen and count: the clients of a broadcast. */
export class Audience {
  private readonly sockets: WebSocket[] = [];
  private counted = 0;
  /** The last frame that was counted. */
  lastFrame = '';

  constructor(private readonly counts: (frame: string) => boolean) {}

  get received(): number {
    return this.counted;
  }

  /** Opens a socket; resolves when a frame arrives that `ready` accepts, or as soon as it is open. */
  join(url: string, options: { protocol?: string; headers?: Record<string, string>; greeting?: string; ready?: (frame: string) => boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, options.protocol ? [options.protocol] : [], { headers: options.headers, perMessageDeflate: false });
      this.sockets.push(socket);
      socket.on('error', reject);
      socket.on('open', () => {
        if (options.greeting) socket.send(options.greeting);
        if (!options.ready) resolve();
      });
      socket.on('message', (data: Buffer) => {
        const frame = data.toString();
        if (options.ready?.(frame)) resolve();
        if (!this.counts(frame)) return;
        this.counted += 1;
        this.lastFrame = frame;
      });
    });
  }

  leave(): void {
    for (const socket of this.sockets) socket.terminate();
  }
}
