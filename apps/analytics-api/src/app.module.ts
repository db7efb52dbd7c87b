import { Module } from '@nestjs/common';
import { AuthModule } from '@shadower/auth';
import { DatabaseModule } from '@shadower/database';
import { PeersModule, RedisModule } from '@shadower/redis';
import { TelemetryModule } from '@shadower/telemetry';
import { AdminModule } from './admin/admin.module';
import { AgentsModule } from './agents/agents.module';
import { AlertsModule } from './alerts/alerts.module';
import { AnalyticsModule } from './analytics/analytics.module';
import { ApiKeysModule } from './api-keys/api-keys.module';
import { config } from './config';
import { CreditsModule } from './credits/credits.module';
import { EventsModule } from './events/events.module';
import { ExecutionsModule } from './executions/executions.module';
import { ExportsModule } from './exports/exports.module';
import { RateLimitsModule } from './rate-limits/rate-limits.module';
import { RetentionPolicyModule } from './retention-policy/retention-policy.module';
import { StreamModule } from './stream/stream.module';
import { UsersModule } from './users/users.module';

@Module({
  imports: [
    TelemetryModule.forRoot(),
    DatabaseModule.forRoot(config, 'analytics-api', { patience: { silenceMs: config.DATABASE_SILENCE_MS, poolWaitMs: config.DATABASE_POOL_WAIT_MS } }),
    RedisModule.forRoot(config),
    PeersModule.forRoot({ 'background-jobs': 'jobs-worker', websocket: 'websocket-gateway' }),
    AuthModule.forRoot(config),
    ApiKeysModule,
    RateLimitsModule,
    EventsModule,
    AnalyticsModule,
    AgentsModule,
    CreditsModule,
    ExecutionsModule,
    ExportsModule,
    AlertsModule,
    StreamModule,
    RetentionPolicyModule,
    UsersModule,
    AdminModule,
  ],
})
export class AppModule {}
