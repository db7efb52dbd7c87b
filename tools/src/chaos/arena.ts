import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FlakyLink } from '@shadower/redis/testing';
import { Client } from 'pg';
import { residentMb } from '../bench/process-usage';
import { AppProcess } from '../stack/app-process';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import { processBirth } from '../stack/process-birth';
import type { AppName } from '../stack/running-stack';
import { Stack } from '../stack/stack';
import { sweep, testFolder } from '../testing/servers';

const DATABASE = 'shadower';
/** Counting a million events by every dimension takes a while. */
const QUERY_MS = 300_000;
/** What can be killed. */
export type Part = AppName | 'postgres' | 'redis';

/**
 * The whole system on real processes of this run, with a link of ours before each server. PostgreSQL keeps fsync and synchronous_commit on;
 * Redis writes nothing to disk, so it comes back empty from every kill.
 */
export class Arena {
  stack!: Stack;
  postgres!: PrivatePostgres;
  redis!: PrivateRedis;
  links!: { postgres: FlakyLink; redis: FlakyLink };
  readonly dataDir = testFolder();
  private readonly extras: AppProcess[] = [];
  private replicas = 0;
  /** Called at the end, the last first. */
  readonly closers: (() => Promise<unknown>)[] = [];

  private constructor(private readonly postgresDir?: string) {}

  /** `postgresDir`: another place for the database than this run's folder. */
  static async start(postgresDir?: string): Promise<Arena> {
    await sweep();
    const arena = new Arena(postgresDir);
    try {
      await arena.startAll();
      return arena;
    } catch (error) {
      await arena.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.extras.map((app) => app.stop()));
    for (const close of this.closers.reverse()) await close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  get api(): string {
    return this.stack.urls['analytics-api'];
  }

  get ownerUrl(): string {
    return this.postgres.adminUrl(DATABASE);
  }

  /** What every application gets; replicas may get more. */
  get env(): NodeJS.ProcessEnv {
    const servers = { DATABASE_URL: this.links.postgres.url, DATABASE_MIGRATION_URL: this.ownerUrl, REDIS_URL: this.links.redis.url };
    return { PATH: process.env.PATH, HOME: process.env.HOME, APP_ENV: 'test', SHUTDOWN_GRACE_MS: '500', NODE_COMPILE_CACHE: join(this.dataDir, 'compile-cache'), ...servers };
  }

  /** Another replica, on a port of the system's choice; it ends with the arena unless it is stopped before. */
  async replica(name: AppName, env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const dataDir = join(this.dataDir, `replica-${(this.replicas += 1)}`);
    mkdirSync(dataDir);
    const app = await AppProcess.start({ name, dataDir, env: { ...this.env, ...env } });
    this.extras.push(app);
    return app;
  }

  /** kill -9, and waits until it is gone. */
  async kill(part: Part): Promise<void> {
    const victim = this.victim(part);
    if ('signal' in victim) victim.signal('SIGKILL');
    else victim.kill('SIGKILL');
    await victim.exit;
  }

  /** Starts what was killed; resolves when it is ready. */
  async revive(part: Part): Promise<void> {
    if (part === 'postgres') {
      this.postgres = await PrivatePostgres.start({ dataDir: this.postgres.dataDir, logFile: join(this.dataDir, 'postgres.log'), port: this.postgres.port });
      this.links.postgres.retarget(this.postgres.port);
    } else if (part === 'redis') {
      this.redis = await PrivateRedis.start({ dataDir: this.redis.dataDir, logFile: join(this.dataDir, 'redis.log'), port: this.redis.port, durable: false });
      this.links.redis.retarget(this.redis.port);
    } else await this.stack.restart(part);
  }

  /** Makes PostgreSQL stand still: the server that we started, by its handle and so that it makes no more children, then those. Gives what lets it go on. */
  stopPostgres(): () => void {
    const { postgres } = this;
    postgres.signal('SIGSTOP');
    const children = childrenOf(postgres.pid as number);
    for (const child of children) signalChild(child, 'SIGSTOP');
    return () => {
      for (const child of children) signalChild(child, 'SIGCONT');
      postgres.signal('SIGCONT');
    };
  }

  /** As the database's owner, past the link. */
  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.ownerUrl, connectionTimeoutMillis: 10_000, query_timeout: QUERY_MS });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Row[];
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  residentMb(name: AppName): number {
    return residentMb(this.stack.apps.get(name)?.pid as number);
  }

  private victim(part: Part): AppProcess | PrivatePostgres | PrivateRedis {
    if (part === 'postgres') return this.postgres;
    return part === 'redis' ? this.redis : (this.stack.apps.get(part) as AppProcess);
  }

  private async startAll(): Promise<void> {
    const { dataDir } = this;
    this.postgres = await PrivatePostgres.start({ dataDir: this.postgresDir ?? join(dataDir, 'postgres'), logFile: join(dataDir, 'postgres.log') });
    this.closers.push(() => this.postgres.stop());
    this.redis = await PrivateRedis.start({ dataDir: join(dataDir, 'redis'), logFile: join(dataDir, 'redis.log'), durable: false });
    this.closers.push(() => this.redis.stop());
    await this.postgres.ensureDatabase(DATABASE);
    this.links = { postgres: await FlakyLink.to(this.postgres.appUrl(DATABASE)), redis: await FlakyLink.to(this.redis.url()) };
    this.closers.push(() => this.links.postgres.close(), () => this.links.redis.close());
    this.stack = new Stack({ dataDir, env: this.env });
    this.closers.push(() => this.stack.stop());
    await this.stack.start();
  }
}

interface Child {
  pid: number;
  parent: number;
  birth: string;
}

const parentOf = (pid: number): number => {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
};

/** Direct children of a process, by Linux's tables. */
function childrenOf(parent: number): Child[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === parent);
  return pids.flatMap((pid) => {
    const birth = processBirth(pid);
    return birth ? [{ pid, parent, birth }] : [];
  });
}

/** Backends come and go: one that is gone, or whose number another process got, is left alone. */
function signalChild({ pid, parent, birth }: Child, name: NodeJS.Signals): void {
  if (processBirth(pid) !== birth || parentOf(pid) !== parent) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
