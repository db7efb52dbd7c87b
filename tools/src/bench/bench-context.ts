import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@shadower/database';
import { Client } from 'pg';
import { AppProcess } from '../stack/app-process';
import { DATA_DIR } from '../stack/paths';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import type { AppName } from '../stack/running-stack';
import { BenchChild, type Program } from './bench-child';
import { receiverEnv, startReceivers } from './receivers-env';

/** What every program of the benchmark inherits: of the person's own shell only what tokens are signed and checked by. */
const auth = Object.entries(process.env).filter(([name]) => name.startsWith('AUTH_'));
/** The way through the limiter is measured, its refusals are not. */
const NO_LIMITS = { RATE_LIMIT_WORKSPACE_PER_SECOND: '1000000000', RATE_LIMIT_WORKSPACE_BURST: '1000000000', RATE_LIMIT_CALLER_PER_SECOND: '1000000000', RATE_LIMIT_CALLER_BURST: '1000000000' };
const CLEAN_ENV = { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', NODE_ENV: 'production', ...Object.fromEntries(auth) };

interface Stoppable {
  stop(): Promise<unknown>;
}

/**
 * The servers that all sections of a run share, durable as in real use (fsync on), receivers for telemetry, and all programs that sections
 * start. Everything lives in one folder of fixed name: what a killed run left there is ended by the next one.
 */
export class BenchContext {
  readonly folder = join(DATA_DIR, 'bench');
  private readonly programs: Stoppable[] = [];
  private redisDatabases = 0;
  private telemetry: NodeJS.ProcessEnv = {};

  private constructor(
    readonly postgres: PrivatePostgres,
    readonly redis: PrivateRedis,
    private readonly mostRounds: number,
  ) {}

  /** `mostRounds`: for a quick look, less than what sections ask for. */
  static async start(mostRounds = Infinity): Promise<BenchContext> {
    const folder = join(DATA_DIR, 'bench');
    await BenchChild.endOrphans(folder);
    const postgres = await PrivatePostgres.start({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'logs', 'postgres.log') });
    const redis = await PrivateRedis.start({ dataDir: join(folder, 'redis'), logFile: join(folder, 'logs', 'redis.log') });
    const context = new BenchContext(postgres, redis, mostRounds);
    context.telemetry = receiverEnv(...(await startReceivers(context)));
    return context;
  }

  /** A migrated database of a section's own, empty even when a killed run left one of its name. */
  async database(name: string): Promise<{ url: string; adminUrl: string }> {
    const client = new Client({ connectionString: this.postgres.adminUrl() });
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).finally(() => client.end());
    await this.postgres.ensureDatabase(name);
    await migrate(this.postgres.adminUrl(name));
    return { url: this.postgres.appUrl(name), adminUrl: this.postgres.adminUrl(name) };
  }

  /** How many rounds a section plays that would like to play so many. */
  rounds(wanted: number): number {
    return Math.min(wanted, this.mostRounds);
  }

  /** A Redis database that no other section uses. */
  redisUrl(): string {
    return this.redis.url(++this.redisDatabases);
  }

  /** The environment of a program with all telemetry on: a tenth of the traces exported over OTLP/gRPC, errors reported to a Sentry. */
  env(own: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...CLEAN_ENV, ...this.telemetry, ...own };
  }

  /** A built app of ours, ready. */
  async app(name: AppName, databaseUrl: string, redisUrl: string, own: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const app = await AppProcess.start({ name, dataDir: this.folder, env: this.env({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...NO_LIMITS, ...own }) });
    this.programs.push(app);
    return app;
  }

  /** A small server of the benchmark's own, ready. */
  async subject(program: Program): Promise<BenchChild> {
    const child = await BenchChild.start(this.folder, program);
    this.programs.push(child);
    return child;
  }

  /** Ends everything that was started here and is still running, servers last. */
  async stop(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await Promise.all([this.redis.stop(), this.postgres.stop()]);
    rmSync(this.postgres.dataDir, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
