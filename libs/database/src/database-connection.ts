import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { getLogger, onScrape } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { DATABASE_CONFIG, type DatabaseConfig } from './config';
import { DatabasePulse } from './database-pulse';
import { limitPoolWait } from './pool-wait';
import { poolOf } from './transaction';
import { warmPool } from './warm-pool';

const RETRY_MS = 1_000;

/** For an app whose callers wait for an answer: when they shall get none from PostgreSQL sooner than its time-outs say. */
export interface CallersPatience {
  /** A server that leaves everything unanswered for so long is taken for lost. */
  silenceMs: number;
  /** While all connections are at work, nobody joins the queue for one whose first has waited longer. */
  poolWaitMs: number;
}
/** Injects the `CallersPatience`, if there is one. */
export const CALLERS_PATIENCE = Symbol('CALLERS_PATIENCE');

/**
 * Opens the pool at start and closes it at the end. Without PostgreSQL the process starts all the same:
 * it answers 503, is not ready, and tries again every second.
 */
@Injectable()
export class DatabaseConnection implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = getLogger('database');
  private retry?: NodeJS.Timeout;
  private closing = false;
  private readonly pulse?: DatabasePulse;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(DATABASE_CONFIG) config: DatabaseConfig,
    @Inject(CALLERS_PATIENCE) private readonly patience: CallersPatience | null,
  ) {
    if (patience) this.pulse = new DatabasePulse(dataSource, config.DATABASE_URL, patience.silenceMs);
    onScrape('database_connections', () => this.connections());
  }

  async onModuleInit(): Promise<void> {
    await this.open();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearTimeout(this.retry);
    this.pulse?.stop();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async open(): Promise<void> {
    try {
      await this.dataSource.initialize();
      await this.serveCallers();
      await this.warnWithoutRowSecurity();
    } catch (err) {
      if (this.closing || this.dataSource.isInitialized) return;
      this.logger.warn({ err, retry_ms: RETRY_MS }, 'PostgreSQL cannot be reached');
      this.retry = setTimeout(() => void this.open(), RETRY_MS).unref();
    }
  }

  private async serveCallers(): Promise<void> {
    if (!this.patience) return;
    const pool = poolOf(this.dataSource);
    limitPoolWait(this.dataSource, pool, this.patience.poolWaitMs);
    await warmPool(pool);
    this.pulse?.start();
  }

  private async warnWithoutRowSecurity(): Promise<void> {
    const [role] = await this.dataSource.query<{ name: string; bypasses: boolean }[]>(
      'SELECT rolname AS name, rolsuper OR rolbypassrls AS bypasses FROM pg_roles WHERE rolname = current_user',
    );
    if (role?.bypasses) this.logger.warn({ role: role.name }, 'this database role bypasses row-level security; use a member of shadower_app');
  }

  private connections(): { labels: { state: 'active' | 'idle' | 'waiting' | 'total' | 'max' }; value: number }[] {
    if (!this.dataSource.isInitialized) return [];
    const { totalCount, idleCount, waitingCount, options } = poolOf(this.dataSource);
    const states = { active: totalCount - idleCount, idle: idleCount, waiting: waitingCount, total: totalCount, max: options.max ?? 10 };
    return Object.entries(states).map(([state, value]) => ({ labels: { state: state as keyof typeof states }, value }));
  }
}
