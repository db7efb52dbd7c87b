import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { INGEST_LIMITS, type IngestLimits } from './ingest-limits';

const EVERY_MS = 2_000;
/** Counts no further than it must. */
const COUNT = 'SELECT count(*)::int AS marks FROM (SELECT FROM dirty_buckets LIMIT $1) m';

/** Looks from time to time how much work waits for the workers: without them every question reads raw events, and must not be made to read them all. */
@Injectable()
export class BacklogWatch implements OnModuleInit, OnApplicationShutdown {
  /** More marks wait than may; what was known last when PostgreSQL cannot be asked. */
  tooLong = false;
  private readonly logger = getLogger('backlog');
  private readonly ended = new AbortController();

  constructor(
    private readonly dataSource: DataSource,
    @Inject(INGEST_LIMITS) private readonly limits: IngestLimits,
  ) {}

  onModuleInit(): void {
    void this.watch().catch((err: unknown) => {
      if (!this.ended.signal.aborted) this.logger.error({ err }, 'backlog monitor stopped');
    });
  }

  onApplicationShutdown(): void {
    this.ended.abort();
  }

  private async watch(): Promise<void> {
    for (;;) {
      const marks = await this.count();
      if (marks !== undefined && marks > this.limits.EVENTS_MAX_BACKLOG !== this.tooLong) {
        this.tooLong = !this.tooLong;
        this.logger.warn({ most: this.limits.EVENTS_MAX_BACKLOG }, this.tooLong ? 'the workers are too far behind: events are refused' : 'the workers have caught up: events are taken again');
      }
      await sleep(EVERY_MS, undefined, { signal: this.ended.signal, ref: false });
    }
  }

  private async count(): Promise<number | undefined> {
    try {
      const [{ marks }] = (await inSystem(this.dataSource, (runner) => runner.query(COUNT, [this.limits.EVENTS_MAX_BACKLOG + 1]))) as [{ marks: number }];
      return marks;
    } catch {
      return undefined;
    }
  }
}
