import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import { HealthController } from './health/health.controller';
import { MainAppCheck } from './health/main-app.check';
import { HealthRegistry, type DependencyCheck } from './health/health-registry';
import { rootLogger } from './logging/logger';
import { MetricsController } from './metrics/metrics.controller';
import { installProcessMetrics } from './metrics/process';

const CHECKS = Symbol('checks');

/** Everything that an app imports to be observable: `imports: [TelemetryModule.forRoot()]`. */
@Global()
@Module({
  imports: [
    // The request context comes from our own hooks: no middleware of nestjs-pino on any route.
    LoggerModule.forRoot({ pinoHttp: { logger: rootLogger, autoLogging: false }, forRoutes: [], renameContext: 'logger' }),
    PrometheusModule.register({ path: '/', controller: MetricsController, defaultMetrics: { enabled: false } }),
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [HealthController],
  providers: [HealthRegistry, MainAppCheck],
  exports: [HealthRegistry],
})
export class TelemetryModule {
  /** `checks`: dependencies without a provider that could register itself. */
  static forRoot({ checks = [] }: { checks?: DependencyCheck[] } = {}): DynamicModule {
    installProcessMetrics();
    const register = { provide: CHECKS, inject: [HealthRegistry], useFactory: (health: HealthRegistry) => checks.forEach((check) => health.register(check)) };
    return { module: TelemetryModule, providers: [register] };
  }
}
