import { Module } from '@nestjs/common';
import { AuthModule } from '@shadower/auth';
import { DatabaseModule } from '@shadower/database';
import { RedisModule } from '@shadower/redis';
import { TelemetryModule } from '@shadower/telemetry';
import { config } from './config';
import { LiveModule } from './live/live.module';
import { LivePageModule } from './live-page/live-page.module';

@Module({
  imports: [
    TelemetryModule.forRoot(),
    DatabaseModule.forRoot(config, 'websocket-gateway'),
    RedisModule.forRoot(config),
    AuthModule.forRoot(config),
    LivePageModule,
    LiveModule.forRoot({ allowedOrigins: config.ALLOWED_ORIGINS, maxConnections: config.LIVE_MAX_CONNECTIONS, heartbeatMs: config.LIVE_HEARTBEAT_MS }),
  ],
})
export class AppModule {}
