import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP link to a server that a test can make hang (nothing gets through, nothing closes), cut (every connection breaks, none is accepted), slow or crawl. */
export class FlakyLink {
  /** How long each answer of the server is held back. */
  delayMs = 0;
  /** How fast either side gets what the other sent; 0: as fast as it comes. */
  bytesPerSecond = 0;
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'hanging' | 'cut' = 'open';

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    readonly port: number,
  ) {
    server.on('connection', (client: Socket) => this.join(client));
  }

  /** `port`: where it listens; default: one of the system's choice. */
  static async to(url: string, port = 0): Promise<FlakyLink> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return new FlakyLink(server, new URL(url), (server.address() as AddressInfo).port);
  }

  get listening(): boolean {
    return this.server.listening;
  }

  /** The target's address, by way of this link. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** The server came back on another port; new connections go there. */
  retarget(port: number): void {
    this.target.port = String(port);
  }

  hang(): void {
    this.state = 'hanging';
    for (const socket of this.sockets) socket.pause();
  }

  cut(): void {
    this.state = 'cut';
    for (const socket of this.sockets) socket.destroy();
  }

  /** Well again, whatever was done to it. */
  open(): void {
    this.state = 'open';
    this.delayMs = 0;
    this.bytesPerSecond = 0;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.state === 'cut') return void client.destroy();
    const server = connect(Number(this.target.port), this.target.hostname);
    // Else small pieces would wait for the acknowledgement of those before, up to 40 ms: a delay that no server has.
    for (const socket of [client, server]) socket.setNoDelay(true);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      // One after another, so that what is held back keeps its order.
      let passed = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        const due = from === server ? performance.now() + this.delayMs : 0;
        passed = passed.then(() => this.pass(chunk, to, due));
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        void passed.then(() => to.destroy());
      });
      if (this.state === 'hanging') from.pause();
    }
  }

  private async pass(chunk: Buffer, to: Socket, due: number): Promise<void> {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    let sent = 0;
    for (; this.bytesPerSecond > 0 && sent < chunk.length && to.writable; sent += 1) {
      to.write(chunk.subarray(sent, sent + 1));
      await sleep(1_000 / this.bytesPerSecond);
    }
    if (to.writable && sent < chunk.length) to.write(chunk.subarray(sent));
  }
}
