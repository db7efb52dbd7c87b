import { Injectable } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import { onClusterScrape } from '@shadower/telemetry';
import { DataSource } from 'typeorm';

const WINDOWS = { '1d': 1, '7d': 7, '30d': 30 } as const;
type Window = keyof typeof WINDOWS;
const LONGEST_DAYS = 30;
/** The bitmaps of a month are megabytes a workspace: they are not read at every scrape. */
const FRESH_MS = 60_000;

/** By key look-ups, so that the history before the month costs nothing. $1: today, in UTC. */
const COUNT = `
SELECT w.workspace_id, ${Object.keys(WINDOWS).map((name) => `coalesce(sum(bit_count(c."${name}")), 0)::float8 AS "${name}"`).join(', ')}
FROM workspace_state w CROSS JOIN LATERAL (
  SELECT ${Object.entries(WINDOWS).map(([name, days]) => `bit_or(b.bits) FILTER (WHERE b.day > $1::date - ${days}) AS "${name}"`).join(', ')}
  FROM active_bits b WHERE b.workspace_id = w.workspace_id AND b.day > $1::date - ${LONGEST_DAYS} AND b.day <= $1::date GROUP BY b.chunk
) c
GROUP BY w.workspace_id`;

interface Sample {
  labels: { workspace_id: string; window: Window };
  value: number;
}

/** Exports how many distinct users each workspace had in the last day, 7 and 30 days (of UTC, today included), as far as it is rolled up. */
@Injectable()
export class ActiveUsersMetric {
  private held?: { until: number; samples: Promise<Sample[]> };

  constructor(private readonly dataSource: DataSource) {
    onClusterScrape('analytics_active_users', () => this.samples(performance.now()));
  }

  /** At most a minute old; `now` in milliseconds of a monotonic clock. */
  samples(now: number): Promise<Sample[]> {
    if (this.held && now < this.held.until) return this.held.samples;
    const samples = this.count(new Date());
    this.held = { until: now + FRESH_MS, samples };
    samples.catch(() => (this.held = undefined));
    return samples;
  }

  async count(today: Date): Promise<Sample[]> {
    const rows: ({ workspace_id: string } & Record<Window, number>)[] = await inSystem(this.dataSource, (runner) => runner.query(COUNT, [today.toISOString().slice(0, 10)]));
    return rows.flatMap((row) => (Object.keys(WINDOWS) as Window[]).map((window) => ({ labels: { workspace_id: row.workspace_id, window }, value: row[window] })));
  }
}
