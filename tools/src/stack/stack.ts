import { join } from 'node:path';
import { migrate } from '@shadower/database';
import { Client } from 'pg';
import { AppProcess } from './app-process';
import { freePort, portNear } from './port';
import { PrivatePostgres } from './private-postgres';
import { PrivateRedis } from './private-redis';
import { APP_NAMES, APP_PORTS, type AppName, type StackAddresses } from './running-stack';
import { quietly, type Step } from './step';

export interface StackOptions {
  dataDir: string;
  /** false: databases that may lose everything with the machine, for tests. */
  durable?: boolean;
  /** Wanted ports; what is not named gets one of the operating system's choice. */
  ports?: Partial<Record<AppName | 'postgres' | 'redis', number>>;
  /** Added to the applications' environment. DATABASE_URL, DATABASE_MIGRATION_URL and REDIS_URL in it are used instead of private servers. */
  env?: NodeJS.ProcessEnv;
  step?: Step;
}

/** Something of the stack that ended without being asked to. */
export interface UnexpectedEnd {
  name: string;
  how: string;
  lastLines: string;
}

const DATABASE = 'shadower';
const DEFAULT_GATEWAY_URL = `ws://127.0.0.1:${APP_PORTS['websocket-gateway']}`;

/** PostgreSQL, Redis and the three applications, as processes of ours that end with `stop`. */
export class Stack implements StackAddresses {
  postgres?: PrivatePostgres;
  redis?: PrivateRedis;
  databaseUrl = '';
  redisUrl = '';
  readonly apps = new Map<AppName, AppProcess>();
  private readonly ports = new Map<AppName, number>();
  private readonly stopping = new AbortController();
  private starting: Promise<unknown> = Promise.resolve();
  private reportEnd: (end: UnexpectedEnd) => void = () => undefined;
  /** Resolves when a part ends by itself. */
  readonly unexpectedEnd = new Promise<UnexpectedEnd>((resolve) => (this.reportEnd = resolve));

  constructor(private readonly options: StackOptions) {}

  get urls(): Record<AppName, string> {
    return Object.fromEntries([...this.apps].map(([name, app]) => [name, app.url])) as Record<AppName, string>;
  }

  /** Resolves when every part is ready; on failure nothing of it is left running. */
  async start(): Promise<this> {
    this.starting = this.startAll();
    try {
      await this.starting;
      return this;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Applications first, for they need the servers while they drain. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.starting.catch(() => undefined);
    await Promise.all([...this.apps.values()].map((app) => app.stop()));
    await Promise.all([this.postgres?.stop(), this.redis?.stop()]);
  }

  /** Ends one application and starts it again, on the same port. */
  async restart(name: AppName): Promise<AppProcess> {
    const old = this.apps.get(name);
    this.apps.delete(name);
    await old?.stop();
    return this.startApp(name);
  }

  private async startAll(): Promise<void> {
    const { dataDir, step = quietly } = this.options;
    // First of all, for they hold ports and write to the database.
    await together(APP_NAMES.map((name) => AppProcess.endOrphan(name, dataDir)));
    // Both are awaited to the end, so that a failure of one leaves no start of the other behind.
    await together([this.startPostgres(step), this.startRedis(step)]);
    this.goOn();
    await step('migrations', () => this.migrate());
    this.goOn();
    await this.choosePorts();
    await together(APP_NAMES.map((name) => step(name, () => this.startApp(name), ({ url }) => url)));
    this.goOn();
  }

  private goOn(): void {
    if (this.stopping.signal.aborted) throw new Error('stopped while starting');
  }

  private async startPostgres(step: Step): Promise<void> {
    const { dataDir, durable, ports, env } = this.options;
    this.databaseUrl = env?.DATABASE_URL ?? '';
    if (this.databaseUrl) return step('PostgreSQL', () => this.usable(), () => 'yours, by DATABASE_URL');
    const logFile = join(dataDir, 'logs', 'postgres.log');
    const start = (): Promise<PrivatePostgres> => PrivatePostgres.start({ dataDir: join(dataDir, 'postgres'), logFile, port: ports?.postgres, durable });
    this.postgres = await step('PostgreSQL', start, ({ port, dataDir: folder }) => `private, port ${port}, data in ${folder}`);
    this.databaseUrl = this.postgres.appUrl(DATABASE);
    this.watch('PostgreSQL', this.postgres.exit, () => `see ${logFile}`);
  }

  private async usable(): Promise<void> {
    const client = new Client({ connectionString: this.databaseUrl, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
    } catch (error) {
      throw new Error(`DATABASE_URL: cannot connect: ${(error as Error).message}`, { cause: error });
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async startRedis(step: Step): Promise<void> {
    const { dataDir, durable, ports, env } = this.options;
    this.redisUrl = env?.REDIS_URL ?? '';
    if (this.redisUrl) return step('Redis', () => Promise.resolve(), () => 'yours, by REDIS_URL');
    const logFile = join(dataDir, 'logs', 'redis.log');
    const start = (): Promise<PrivateRedis> => PrivateRedis.start({ dataDir: join(dataDir, 'redis'), logFile, port: ports?.redis, durable });
    this.redis = await step('Redis', start, ({ port }) => `private, port ${port}`);
    this.redisUrl = this.redis.url();
    this.watch('Redis', this.redis.exit, () => `see ${logFile}`);
  }

  private async migrate(): Promise<void> {
    // Empty is unset: a copied .env.example names every variable.
    const { DATABASE_MIGRATION_URL } = this.options.env ?? {};
    if (!this.postgres) return migrate(DATABASE_MIGRATION_URL || this.databaseUrl);
    await this.postgres.ensureDatabase(DATABASE);
    await migrate(this.postgres.adminUrl(DATABASE));
  }

  /** Before any application starts, for they tell clients one another's addresses. */
  private async choosePorts(): Promise<void> {
    for (const name of APP_NAMES) {
      const wanted = this.options.ports?.[name];
      this.ports.set(name, wanted === undefined ? await freePort() : await portNear(wanted));
    }
  }

  private async startApp(name: AppName): Promise<AppProcess> {
    const { dataDir, env } = this.options;
    // The default, as a copied .env.example sets it, is nobody's wish: where that port is taken, a stranger listens.
    const chosen = env?.GATEWAY_URL && env.GATEWAY_URL !== DEFAULT_GATEWAY_URL;
    const GATEWAY_URL = chosen ? env.GATEWAY_URL : `ws://127.0.0.1:${this.ports.get('websocket-gateway')}`;
    const appEnv = { SHUTDOWN_GRACE_MS: '0', NODE_COMPILE_CACHE: join(dataDir, 'compile-cache'), ...env, GATEWAY_URL, DATABASE_URL: this.databaseUrl, REDIS_URL: this.redisUrl };
    const app = await AppProcess.start({ name, port: this.ports.get(name), dataDir, env: appEnv, signal: this.stopping.signal });
    this.apps.set(name, app);
    this.watch(name, app.exit, () => app.lastLines(), () => this.apps.get(name) === app);
    return app;
  }

  private watch(name: string, exit: Promise<string>, lastLines: () => string, current = (): boolean => true): void {
    void exit.then((how) => {
      if (!this.stopping.signal.aborted && current()) this.reportEnd({ name, how, lastLines: lastLines() });
    });
  }
}

/** Waits for all, then throws the first failure. */
async function together<T>(parts: Promise<T>[]): Promise<void> {
  const outcomes = await Promise.allSettled(parts);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
