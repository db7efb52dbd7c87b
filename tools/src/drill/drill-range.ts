import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Receiver, type Server } from '@shadower/monitoring';
import { Client } from 'pg';
import { startMonitoring } from '../monitor/start-monitoring';
import { freePort } from '../stack/port';
import { PrivatePostgres } from '../stack/private-postgres';
import { Stack } from '../stack/stack';
import { request, type Answer } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import { TcpProxy } from './tcp-proxy';

const DATABASE = 'shadower';
const READ_EVERY_MS = 200;
const MOST_IN_FLIGHT = 40;

/** The whole system on one machine with its monitoring, light traffic on it, and handles to break it by. */
export class DrillRange {
  stack!: Stack;
  postgresProxy!: TcpProxy;
  receiver!: Receiver;
  prometheus!: Server;
  /** Requests that the traffic sends every 200 ms. */
  intensity = 1;
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'shadower-drill-'));
  private readonly closers: (() => Promise<unknown>)[] = [];
  private postgres!: PrivatePostgres;
  private inFlight = 0;
  private sent = 0;

  /** `factor` divides every time window of rules, scrapes and notifications; thresholds stay as they are. */
  static async start(factor: number): Promise<DrillRange> {
    const range = new DrillRange();
    try {
      await range.startAll(factor);
      return range;
    } catch (error) {
      await range.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async api(path: string, options: { method?: string; body?: unknown; workspace?: string } = {}): Promise<Answer | undefined> {
    const { workspace = 'acme', ...rest } = options;
    return request(`${this.stack.urls['analytics-api']}/api/v1/workspaces/${workspace}/${path}`, { ...rest, token: await demoToken({ workspace }) }).catch(() => undefined);
  }

  /** Stores one event that consumed so many credits. */
  burn(credits: string, workspace = 'acme'): Promise<Answer | undefined> {
    const event = { id: `drill-${process.pid}-${(this.sent += 1)}`, type: 'credits.consumed', time: new Date().toISOString(), user_id: 'ada', agent_id: 'drill', data: { credits } };
    return this.api('events', { method: 'POST', body: { events: [event] }, workspace });
  }

  /** As the owner of the database, past the proxy. */
  async sql(text: string): Promise<void> {
    const client = new Client({ connectionString: this.postgres.adminUrl(DATABASE) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${this.prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    return ((await answer.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }).data.result;
  }

  private async startAll(factor: number): Promise<void> {
    const { dataDir } = this;
    this.postgres = await PrivatePostgres.start({ dataDir: join(dataDir, 'postgres'), logFile: join(dataDir, 'postgres.log'), durable: false });
    this.closers.push(() => this.postgres.stop());
    await this.postgres.ensureDatabase(DATABASE);
    this.postgresProxy = await TcpProxy.start(this.postgres.port);
    this.closers.push(() => this.postgresProxy.stop());
    const throughProxy = new URL(this.postgres.appUrl(DATABASE));
    throughProxy.port = String(this.postgresProxy.port);
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, APP_ENV: 'drill', DATABASE_URL: throughProxy.href, DATABASE_MIGRATION_URL: this.postgres.adminUrl(DATABASE) };
    this.stack = new Stack({ dataDir, durable: false, env });
    this.closers.push(() => this.stack.stop());
    await this.stack.start();
    this.receiver = await Receiver.start();
    this.closers.push(() => this.receiver.stop());
    const ports = { prometheus: await freePort(), alertmanager: await freePort() };
    const monitoring = await startMonitoring({ urls: this.stack.urls, dataDir, receiver: this.receiver, ports, factor });
    this.closers.push(monitoring.stop);
    this.prometheus = monitoring.prometheus;
    const timer = setInterval(() => this.traffic(), READ_EVERY_MS);
    this.closers.push(() => Promise.resolve(clearInterval(timer)));
  }

  private traffic(): void {
    for (let each = 0; each < this.intensity && this.inFlight < MOST_IN_FLIGHT; each += 1) {
      this.inFlight += 1;
      void (Math.random() < 0.1 ? this.burn('0.5') : this.api('overview')).finally(() => (this.inFlight -= 1));
    }
  }
}
