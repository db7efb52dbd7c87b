import { createServer, request as httpRequest, type ClientRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIVE_PATH, LIVE_SUBPROTOCOL } from '@shadower/domain';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { freePort } from '../stack/port';
import { until } from '../stack/until';
import { executionEvent, request } from '../testing/json-request';
import { startApps, type AppsUnderTest } from '../testing/start-apps';

const WORKSPACE = 'demo';
/** The server takes the lock away by itself after so long, should nobody be left to give it back. */
const LOCKED_MS = 90_000;

/** Three running apps, and everything that is done to them so that each metric has a reason to move. */
export class Movers {
  private readonly done = new Map<string, Promise<void>>();
  private unfinished?: ClientRequest;
  private locker?: Client;
  private readonly sockets: WebSocket[] = [];

  private constructor(
    readonly apps: AppsUnderTest,
    private readonly mainApp: Server,
    private readonly token: string,
  ) {}

  static async start(): Promise<Movers> {
    const mainApp = createServer((_, response) => void response.end('ok'));
    await new Promise<void>((resolve) => mainApp.listen(0, '127.0.0.1', resolve));
    // Whatever fails: a server that listens on would keep the tests' process alive for ever.
    mainApp.unref();
    const apps = await startApps({
      MAIN_APP_URL: `http://127.0.0.1:${(mainApp.address() as AddressInfo).port}/health`,
      // Nobody listens there: every span is dropped.
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      DATABASE_STATEMENT_TIMEOUT_MS: '1000',
    });
    return new Movers(apps, mainApp, await apps.token());
  }

  /** Does what is asked for, unless it was done before. */
  async move(by: MoverName): Promise<void> {
    const before = this.done.get(by);
    if (before) return before;
    const work = this[by]();
    this.done.set(by, work);
    return work;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.unfinished?.destroy();
    // Not awaited: the lock goes as soon as the server hears of it, and dropping the database ends a connection that says nothing.
    void this.locker?.end().catch(() => undefined);
    await this.apps.stop();
    this.mainApp.close();
  }

  private api(path: string, method = 'GET', body?: unknown): ReturnType<typeof request> {
    return request(`${this.apps.urls['analytics-api']}/api/v1/${path}`, { method, token: this.token, body });
  }

  /** A socket that ends with this at the latest; what goes wrong with it shows in what does not come. */
  private open(url: string): WebSocket {
    const socket = new WebSocket(url, [LIVE_SUBPROTOCOL], { handshakeTimeout: 10_000 });
    socket.on('error', () => undefined);
    this.sockets.push(socket);
    return socket;
  }

  /** Nothing: an app that runs has them. */
  async start(): Promise<void> {}

  /** A client opens a live socket with a ticket and subscribes. */
  async subscriber(): Promise<void> {
    const { body } = await this.api('stream/tickets', 'POST', { workspace_id: WORKSPACE });
    const socket = this.open(String(body.url));
    const frames: string[] = [];
    socket.on('message', (data) => frames.push(String(data)));
    await until(() => (socket.readyState === socket.OPEN ? true : undefined), 10_000);
    socket.send(JSON.stringify({ type: 'sub', id: 'metrics', ch: 'metrics' }));
    if (!(await until(() => (frames.some((frame) => frame.includes('sub.ok')) ? true : undefined), 10_000))) throw new Error(`not subscribed: ${frames.join()}`);
  }

  /** A ticket that was never issued is refused. */
  async forgedTicket(): Promise<void> {
    const socket = this.open(`${this.apps.urls['websocket-gateway'].replace('http', 'ws')}${LIVE_PATH}?ticket=${'x'.repeat(43)}`);
    if (!(await until(() => (socket.readyState === socket.CLOSED ? true : undefined), 10_000))) throw new Error('not refused');
  }

  /** Events that are new, known already, and wrong; the new ones are rolled up and published. */
  async events(): Promise<void> {
    await this.move('subscriber');
    const event = executionEvent('moved-1');
    for (const events of [[event], [event], [{ ...event, id: 'moved-2', type: 'no.such.type' }]]) await this.api(`workspaces/${WORKSPACE}/events`, 'POST', { events });
  }

  async query(): Promise<void> {
    await this.api(`workspaces/${WORKSPACE}/overview`);
    // The first answer about days that are over is kept behind it.
    for (let each = 0; each < 5; each += 1) await this.api(`workspaces/${WORKSPACE}/overview?from=2026-01-01&to=2026-01-02`);
  }

  async export(): Promise<void> {
    const hours = (offset: number): string => new Date(Date.now() + offset * 3_600_000).toISOString();
    const { status, text } = await this.api(`workspaces/${WORKSPACE}/exports`, 'POST', { dataset: 'events', format: 'csv', from: hours(-1), to: hours(1) });
    if (status !== 202) throw new Error(text);
  }

  /** The head of a request has come, its body never does. */
  async unfinishedRequest(): Promise<void> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'content-length': '100' };
    this.unfinished = httpRequest(`${this.apps.urls['analytics-api']}/api/v1/workspaces/${WORKSPACE}/events`, { method: 'POST', headers });
    this.unfinished.on('error', () => undefined).flushHeaders();
  }

  /** The Main App is asked by whoever is asked for details. */
  async healthDetails(): Promise<void> {
    await request(`${this.apps.urls['analytics-api']}/health/detailed`);
  }

  /** Somebody locks a table: a statement of a request times out, a rollup waits. */
  async lockedTable(): Promise<void> {
    await this.move('events');
    this.locker = new Client({ connectionString: this.apps.database.adminUrl, connectionTimeoutMillis: 10_000, statement_timeout: 10_000, query_timeout: 11_000, idle_in_transaction_session_timeout: LOCKED_MS });
    this.locker.on('error', () => undefined);
    await this.locker.connect();
    await this.locker.query('BEGIN');
    await this.locker.query('LOCK TABLE rollup_15m IN ACCESS EXCLUSIVE MODE');
    await this.api(`workspaces/${WORKSPACE}/events`, 'POST', { events: [executionEvent('moved-3')] });
    await this.api(`workspaces/${WORKSPACE}/overview`);
  }
}

export type MoverName = 'start' | 'subscriber' | 'forgedTicket' | 'events' | 'query' | 'export' | 'unfinishedRequest' | 'healthDetails' | 'lockedTable';
