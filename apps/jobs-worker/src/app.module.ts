import { Module } from '@nestjs/common';
import { DatabaseModule } from '@shadower/database';
import { PeersModule, RedisModule } from '@shadower/redis';
import { TelemetryModule } from '@shadower/telemetry';
import { ActiveUsersMetric } from './active-users/active-users-metric';
import { AlertWatch } from './alerts/alert-watch';
import { config } from './config';
import { DeadJobKeeper } from './dead-jobs/dead-job-keeper';
import { ErasureProcessor } from './erasure/erasure.processor';
import { ExportNews } from './exports/export-news';
import { ExportRun } from './exports/export-run';
import { ExportSweep } from './exports/export-sweep';
import { ExportProcessor } from './exports/export.processor';
import { Backlog } from './jobs/backlog';
import { BULL_MODULES } from './jobs/bull-modules';
import { JobMetrics } from './jobs/job-metrics';
import { JobRunner } from './jobs/job-runner';
import { JobsHealth } from './jobs/jobs-health';
import { Progress } from './jobs/progress';
import { PartitionUpkeep } from './partitions/partition-upkeep';
import { Retention } from './retention/retention';
import { DayUpkeep } from './rollups/day-upkeep';
import { RollupProcessor } from './rollups/rollup.processor';
import { RollupSweep } from './rollups/rollup-sweep';
import { RollupTurn } from './rollups/rollup-turn';
import { Schedules } from './upkeep/schedules';
import { UpkeepProcessor } from './upkeep/upkeep.processor';

@Module({
  imports: [
    TelemetryModule.forRoot(),
    // A background statement has nobody waiting for it, so it may take longer than a request's.
    DatabaseModule.forRoot({ ...config, DATABASE_STATEMENT_TIMEOUT_MS: config.JOBS_STATEMENT_TIMEOUT_MS }, 'jobs-worker'),
    RedisModule.forRoot(config),
    PeersModule.forRoot({ websocket: 'websocket-gateway' }),
    ...BULL_MODULES,
  ],
  providers: [
    // One a queue.
    ...[RollupProcessor, UpkeepProcessor, ErasureProcessor, ExportProcessor],
    ...[JobRunner, Progress, Backlog, JobsHealth, JobMetrics],
    ...[RollupTurn, RollupSweep, DayUpkeep, AlertWatch, ActiveUsersMetric],
    ...[ExportRun, ExportNews, ExportSweep],
    ...[DeadJobKeeper, Schedules, PartitionUpkeep, Retention],
  ],
})
export class AppModule {}
