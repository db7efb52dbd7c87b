import { Module } from '@nestjs/common';
import { AuthModule } from '@shadower/auth';
import { DatabaseModule } from '@shadower/database';
import { RedisModule } from '@shadower/redis';
import { TelemetryModule } from '@shadower/telemetry';
import { AdminModule } from './admin/admin.module';
import { AlertsModule } from './alerts/alerts.module';
import { AnalyticsModule } from './analytics/analytics.module';
import { config } from './config';
import { CreditsModule } from './credits/credits.module';
import { EventsModule } from './events/events.module';
import { ExecutionsModule } from './executions/executions.module';
import { StreamModule } from './stream/stream.module';

@Module({
  imports: [
    TelemetryModule.forRoot(),
    DatabaseModule.forRoot(config, 'analytics-api'),
    RedisModule.forRoot(config),
    AuthModule.forRoot(config),
    EventsModule,
    AnalyticsModule,
    CreditsModule,
    ExecutionsModule,
    AlertsModule,
    StreamModule,
    AdminModule,
  ],
})
export class AppModule {}
