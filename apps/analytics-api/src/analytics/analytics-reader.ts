import { Injectable } from '@nestjs/common';
import { generationOf, inWorkspace } from '@shadower/database';
import { AnswerCache } from '@shadower/redis';
import { counter, time, TraceOperation } from '@shadower/telemetry';
import { DataSource, type QueryRunner } from 'typeorm';
import { cachedMeta, type Meta } from './meta';
import type { TimeRange } from './time-range';

/** The one way in which an analytic reads: inside its workspace, timed and counted under its name. */
@Injectable()
export class AnalyticsReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cache: AnswerCache,
  ) {}

  @TraceOperation('calculate_analytics')
  read<T>(queryType: string, workspaceId: string, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.measured(queryType, () => inWorkspace(this.dataSource, workspaceId, work));
  }

  /**
   * Reads what depends on nothing but the workspace's events of `days` and on `parameters`: kept until an event of those days is acknowledged,
   * so it stays exact. Days that are not over change with every event; about them the cache is not asked.
   */
  @TraceOperation('calculate_analytics')
  remember<T extends { meta: Meta }>(queryType: string, workspaceId: string, days: TimeRange, parameters: unknown, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.measured(queryType, async () => {
      const load = (): Promise<T> => inWorkspace(this.dataSource, workspaceId, work);
      if (days.to.getTime() > Date.now()) {
        const answer = await load();
        return { ...answer, meta: { ...answer.meta, cache: 'bypass' } };
      }
      const state = await generationOf(this.dataSource, workspaceId, days);
      const { value, cache } = await this.cache.remember(workspaceId, state.generation, `${queryType} ${JSON.stringify(parameters)}`, load);
      return { ...value, meta: cachedMeta(value.meta, cache, state, Date.now()) };
    });
  }

  private async measured<T>(queryType: string, work: () => Promise<T>): Promise<T> {
    let status: 'success' | 'error' = 'error';
    try {
      const result = await time('analytics_query_duration_seconds', { query_type: queryType }, work);
      status = 'success';
      return result;
    } finally {
      counter('analytics_queries_total').inc({ query_type: queryType, status });
    }
  }
}
