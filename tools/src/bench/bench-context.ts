import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess } from '../stack/app-process';
import { PrivatePostgres } from '../stack/private-postgres';
import { PrivateRedis } from '../stack/private-redis';
import type { AppName } from '../stack/running-stack';
import { migrate } from '@shadower/database';
import { ReceiverProcess } from './receiver-process';

/** What every program of the benchmark inherits: no setting of the person's own shell. */
const CLEAN_ENV = { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', NODE_ENV: 'production' };

/**
 * The servers that all sections of a run share: durable PostgreSQL (fsync on, as in real use) and Redis of our own, receivers for telemetry,
 * and a folder that is gone afterwards.
 */
export class BenchContext {
  private redisDatabases = 0;

  private constructor(
    readonly folder: string,
    readonly postgres: PrivatePostgres,
    readonly redis: PrivateRedis,
    readonly receivers: ReceiverProcess,
  ) {}

  static async start(): Promise<BenchContext> {
    const folder = mkdtempSync(join(tmpdir(), 'shadower-bench-'));
    // The database server's own account must come through.
    chmodSync(folder, 0o755);
    const postgres = await PrivatePostgres.start({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') });
    const redis = await PrivateRedis.start({ dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log') });
    return new BenchContext(folder, postgres, redis, await ReceiverProcess.start(folder));
  }

  /** A migrated database of a section's own. */
  async database(name: string): Promise<{ url: string; adminUrl: string }> {
    await this.postgres.ensureDatabase(name);
    await migrate(this.postgres.adminUrl(name));
    return { url: this.postgres.appUrl(name), adminUrl: this.postgres.adminUrl(name) };
  }

  /** A Redis database that no other section uses. */
  redisUrl(): string {
    return this.redis.url(++this.redisDatabases);
  }

  /** The environment of a program with all telemetry on. */
  env(own: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...CLEAN_ENV, ...this.receivers.env(), ...own };
  }

  /** A built app of ours, ready. The caller stops it. */
  app(name: AppName, databaseUrl: string, redisUrl: string, own: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    return AppProcess.start({ name, dataDir: this.folder, env: this.env({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, ...own }) });
  }

  async stop(): Promise<void> {
    await Promise.all([this.receivers.stop(), this.redis.stop(), this.postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
