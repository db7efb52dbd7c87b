import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Receiver, type Server } from '@shadower/monitoring';
import { FlakyLink } from '@shadower/redis/testing';
import { Client } from 'pg';
import { startMonitoring } from '../monitor/start-monitoring';
import { freePort } from '../stack/port';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import { Stack } from '../stack/stack';
import { request, type Answer } from '../testing/json-request';
import { demoToken } from '../token/demo-token';
import { LogRoute } from './log-route';

const DATABASE = 'shadower';
const READ_EVERY_MS = 200;
const MOST_IN_FLIGHT = 40;

/** The whole system on one machine with its monitoring, light traffic on it, and handles to break it by. */
export class DrillRange {
  stack!: Stack;
  postgresLink!: FlakyLink;
  redisLink!: FlakyLink;
  /** Between Prometheus and Alertmanager. */
  alertmanagerLink!: FlakyLink;
  receiver!: Receiver;
  prometheus!: Server;
  /** The applications' environment, read when they start again. */
  readonly appEnv: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: process.env.HOME, APP_ENV: 'drill' };
  /** Requests that the traffic sends every 200 ms. */
  intensity = 1;
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'shadower-drill-'));
  private readonly closers: (() => Promise<unknown>)[] = [];
  private postgres!: PrivatePostgres;
  private logRoute?: Promise<LogRoute>;
  private inFlight = 0;
  private sent = 0;

  private constructor(private readonly factor: number) {}

  /** `factor` divides every time window of rules, scrapes and notifications; thresholds stay as they are. */
  static async start(factor: number): Promise<DrillRange> {
    const range = new DrillRange(factor);
    try {
      await range.startAll();
      return range;
    } catch (error) {
      await range.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (let close = this.closers.pop(); close; close = this.closers.pop()) await close();
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

  /** As the owner of the database, past the link. */
  async sql(text: string): Promise<void> {
    const client = new Client({ connectionString: this.postgres.adminUrl(DATABASE) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  /** A migration gone wrong: a table that reads and rollups need is away until what is returned has run. */
  async loseTable(): Promise<() => Promise<void>> {
    await this.sql('ALTER TABLE rollup_15m RENAME TO rollup_15m_away');
    return () => this.sql('ALTER TABLE rollup_15m_away RENAME TO rollup_15m');
  }

  /** A migration that takes its time: who reads the table waits, until what is returned has run. */
  async lockTable(): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: this.postgres.adminUrl(DATABASE) });
    await client.connect();
    await client.query('BEGIN; LOCK TABLE rollup_15m IN ACCESS EXCLUSIVE MODE');
    return () => client.end();
  }

  /** Changes a file that Prometheus reads, and has it read again; returns what undoes it. */
  async editPrometheus(file: string, edit: (text: string) => string): Promise<() => Promise<void>> {
    const path = join(this.dataDir, 'prometheus', file);
    const write = async (text: string): Promise<void> => {
      writeFileSync(path, text);
      const { ok, status } = await fetch(`${this.prometheus.url}/-/reload`, { method: 'POST' });
      if (!ok) throw new Error(`Prometheus does not take ${file}: ${status}`);
    };
    const before = readFileSync(path, 'utf8');
    await write(edit(before));
    return () => write(before);
  }

  /** The log route, started when it is first needed. */
  logs(): Promise<LogRoute> {
    this.logRoute ??= this.startLogs();
    return this.logRoute;
  }

  async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${this.prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    return ((await answer.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }).data.result;
  }

  private async startLogs(): Promise<LogRoute> {
    const port = await freePort();
    const route = await LogRoute.start(join(this.dataDir, 'logs', 'analytics-api.log'), port, this.factor);
    this.closers.push(() => route.stop());
    // Not before: a target that is not there yet is down.
    await this.editPrometheus('prometheus.yml', (text) => `${text}  - job_name: fluentd\n    static_configs: [{ targets: ['127.0.0.1:${port}'] }]\n`);
    return route;
  }

  private async startAll(): Promise<void> {
    const { dataDir } = this;
    this.postgres = await PrivatePostgres.start({ dataDir: join(dataDir, 'postgres'), logFile: join(dataDir, 'postgres.log'), durable: false });
    this.closers.push(() => this.postgres.stop());
    await this.postgres.ensureDatabase(DATABASE);
    const redis = await PrivateRedis.start({ dataDir: join(dataDir, 'redis'), logFile: join(dataDir, 'redis.log'), durable: false });
    this.closers.push(() => redis.stop());
    this.redisLink = await FlakyLink.to(redis.url());
    this.closers.push(() => this.redisLink.close());
    this.postgresLink = await FlakyLink.to(this.postgres.appUrl(DATABASE));
    this.closers.push(() => this.postgresLink.close());
    Object.assign(this.appEnv, { REDIS_URL: this.redisLink.url, DATABASE_URL: this.postgresLink.url, DATABASE_MIGRATION_URL: this.postgres.adminUrl(DATABASE) });
    this.stack = new Stack({ dataDir, durable: false, env: this.appEnv });
    this.closers.push(() => this.stack.stop());
    await this.stack.start();
    await this.startMonitoring();
    const timer = setInterval(() => this.traffic(), READ_EVERY_MS);
    this.closers.push(() => Promise.resolve(clearInterval(timer)));
  }

  private async startMonitoring(): Promise<void> {
    const { dataDir, factor } = this;
    this.receiver = await Receiver.start();
    this.closers.push(() => this.receiver.stop());
    const ports = { prometheus: await freePort(), alertmanager: await freePort() };
    this.alertmanagerLink = await FlakyLink.to(`http://127.0.0.1:${ports.alertmanager}`);
    this.closers.push(() => this.alertmanagerLink.close());
    const monitoring = await startMonitoring({ urls: this.stack.urls, dataDir, receiver: this.receiver, ports, alertmanager: new URL(this.alertmanagerLink.url).host, factor });
    this.closers.push(monitoring.stop);
    this.prometheus = monitoring.prometheus;
  }

  private traffic(): void {
    for (let each = 0; each < this.intensity && this.inFlight < MOST_IN_FLIGHT; each += 1) {
      this.inFlight += 1;
      void (Math.random() < 0.1 ? this.burn('0.5') : this.api('overview')).finally(() => (this.inFlight -= 1));
    }
  }
}
