import { Injectable } from '@nestjs/common';
import { inWorkspace } from '@shadower/database';
import { DataSource } from 'typeorm';
import { timeWindow, type TimeWindow } from '../events/check-event';
import { readRetentionPolicy, type RetentionPolicy } from './retention-policy';

/** Far less than the time that the worker leaves between a change of the policy and what it removes by it. */
const FRESH_MS = 10_000;
const MAX_REMEMBERED = 10_000;

/** The times that events of a workspace may have. */
@Injectable()
export class RetentionWindows {
  private readonly known = new Map<string, { until: number; policy: Promise<RetentionPolicy> }>();

  constructor(private readonly dataSource: DataSource) {}

  /** By the workspace's policy, known for at most ten seconds; never days whose events were removed. Throws AppError `unavailable` without PostgreSQL. */
  async of(workspaceId: string, now: number): Promise<TimeWindow> {
    const { events_days, kept_from } = await this.policyOf(workspaceId, performance.now());
    const window = timeWindow(now, events_days);
    const oldest = Math.max(window.oldest, kept_from === null ? -Infinity : Date.parse(kept_from));
    return { ...window, oldest, maxAgeDays: Math.floor((now - oldest) / 86_400_000) };
  }

  private policyOf(workspaceId: string, at: number): Promise<RetentionPolicy> {
    const known = this.known.get(workspaceId);
    if (known && at < known.until) return known.policy;
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    const policy = inWorkspace(this.dataSource, workspaceId, (runner) => readRetentionPolicy(runner, workspaceId));
    this.known.set(workspaceId, { until: at + FRESH_MS, policy });
    policy.catch(() => this.known.delete(workspaceId));
    return policy;
  }
}
