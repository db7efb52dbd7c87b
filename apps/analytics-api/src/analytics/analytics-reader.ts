import { Injectable } from '@nestjs/common';
import { inWorkspace } from '@shadower/database';
import { counter, time, TraceOperation } from '@shadower/telemetry';
import { DataSource, type QueryRunner } from 'typeorm';

/** The one way in which an analytic reads: inside its workspace, timed and counted under its name. */
@Injectable()
export class AnalyticsReader {
  constructor(private readonly dataSource: DataSource) {}

  @TraceOperation('calculate_analytics')
  async read<T>(queryType: string, workspaceId: string, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    let status: 'success' | 'error' = 'error';
    try {
      const result = await time('analytics_query_duration_seconds', { query_type: queryType }, () => inWorkspace(this.dataSource, workspaceId, work));
      status = 'success';
      return result;
    } finally {
      counter('analytics_queries_total').inc({ query_type: queryType, status });
    }
  }
}
