import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** Stands between the applications and a server, to be slow or gone for them while the server is well. */
export class TcpProxy {
  /** How long each answer of the server is held back. */
  delayMs = 0;
  private cut = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.join(client));

  private constructor(private readonly targetPort: number) {}

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve, reject) => void proxy.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts every connection and refuses new ones, until `mend`. */
  break(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.cut = false;
    this.delayMs = 0;
  }

  stop(): Promise<void> {
    this.break();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }

  private join(client: Socket): void {
    if (this.cut) return void client.destroy();
    const server = connect(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
    }
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => (this.delayMs > 0 ? setTimeout(() => client.writable && client.write(data), this.delayMs) : client.write(data)));
  }
}
