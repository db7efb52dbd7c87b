import { Module } from '@nestjs/common';
import { AuthModule } from '@shadower/auth';
import { DatabaseModule } from '@shadower/database';
import { PeersModule, RedisModule } from '@shadower/redis';
import { TelemetryModule } from '@shadower/telemetry';
import { config } from './config';
import { LiveModule } from './live/live.module';
import { LivePageModule } from './live-page/live-page.module';

@Module({
  imports: [
    TelemetryModule.forRoot(),
    // Neither unreadies a gateway: sockets that are open stay of use, and every replica shares the same two.
    DatabaseModule.forRoot(config, 'websocket-gateway', { criticality: 'optional' }),
    RedisModule.forRoot(config, { criticality: 'optional' }),
    PeersModule.forRoot({ 'background-jobs': 'jobs-worker' }),
    AuthModule.forRoot(config),
    LivePageModule,
    LiveModule.forRoot({ allowedOrigins: config.ALLOWED_ORIGINS, maxConnections: config.LIVE_MAX_CONNECTIONS, heartbeatMs: config.LIVE_HEARTBEAT_MS }),
  ],
})
export class AppModule {}
