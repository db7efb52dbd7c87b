import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../stack/app-process';
import type { AppName } from '../stack/running-stack';
import type { Arena } from './arena';

const LOOK_EVERY_MS = 50;
/** Longer than any client waits. */
const ANSWER_MS = 20_000;

/** How one replica went. */
export interface Leave {
  how: string;
  ms: number;
}

/** Replicas of one application behind a balancer that asks each whether it is ready, as a cluster does. It repeats nothing, so that every failure is seen. */
export class Fleet {
  private readonly ready = new Set<AppProcess>();
  private next = 0;
  private stopped = false;
  private readonly server: Server = createServer((incoming, outgoing) => this.forward(incoming, outgoing)).on('upgrade', (incoming: IncomingMessage, client: Socket, head: Buffer) => this.join(incoming, client, head));
  private readonly upgraded = new Set<Socket>();
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    private readonly arena: Arena,
    private readonly name: AppName,
    readonly replicas: AppProcess[],
  ) {}

  static async start(arena: Arena, name: AppName, count: number): Promise<Fleet> {
    const replicas: AppProcess[] = [];
    // One after another, as a cluster does: starting costs more than a machine of two cores has to spare.
    for (let each = 0; each < count; each += 1) replicas.push(await arena.replica(name));
    const fleet = new Fleet(arena, name, replicas);
    await new Promise<void>((resolve) => fleet.server.listen(0, '127.0.0.1', resolve));
    for (const replica of fleet.replicas) fleet.ready.add(replica);
    fleet.watching = fleet.watch();
    return fleet;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Starts a new replica, and when it is ready ends the oldest by SIGTERM. */
  async roll(): Promise<Leave> {
    this.replicas.push(await this.arena.replica(this.name));
    await this.look();
    const began = performance.now();
    const how = await (this.replicas.shift() as AppProcess).stop();
    return { how, ms: performance.now() - began };
  }

  async stop(): Promise<Leave[]> {
    const began = performance.now();
    const ends = await Promise.all(this.replicas.map(async (replica) => ({ how: await replica.stop(), ms: performance.now() - began })));
    this.stopped = true;
    await this.watching;
    this.server.closeAllConnections();
    for (const socket of this.upgraded) socket.destroy();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    return ends;
  }

  private async watch(): Promise<void> {
    for (; !this.stopped; await sleep(LOOK_EVERY_MS)) await this.look();
  }

  private async look(): Promise<void> {
    const answers = await Promise.all(this.replicas.map((replica) => fetch(`${replica.url}/ready`, { signal: AbortSignal.timeout(2_000) }).then(({ ok }) => ok, () => false)));
    const able = [...this.replicas].filter((_, index) => answers[index]);
    this.ready.clear();
    for (const replica of able) this.ready.add(replica);
  }

  private choose(): AppProcess | undefined {
    const able = [...this.ready];
    return able[(this.next += 1) % Math.max(able.length, 1)];
  }

  /** A WebSocket stays with the replica that it was opened on; the request is handed on as it came. */
  private join({ method, url, rawHeaders }: IncomingMessage, client: Socket, head: Buffer): void {
    const chosen = this.choose();
    if (!chosen) return void client.destroy();
    const replica = connect(chosen.port, '127.0.0.1');
    for (const [from, to] of [[client, replica], [replica, client]] as const) {
      this.upgraded.add(from);
      from.setNoDelay(true).on('error', () => undefined).on('close', () => (this.upgraded.delete(from), to.destroy()));
    }
    const headers = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    replica.write(`${method} ${url} HTTP/1.1\r\n${headers}\r\n`);
    replica.write(head);
    client.pipe(replica).pipe(client);
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const chosen = this.choose();
    if (!chosen) return void outgoing.writeHead(502).end();
    // A connection a request: one that idles may be closed by a server that leaves, in the very moment in which it is used.
    const onward = request(chosen.url + String(incoming.url), { method: incoming.method, headers: incoming.headers, agent: false, timeout: ANSWER_MS }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('timeout', () => onward.destroy());
    onward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    incoming.pipe(onward);
  }
}
