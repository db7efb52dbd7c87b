import './shelf-instrumentation';
import 'reflect-metadata';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SentryGlobalFilter, SentryModule } from '@sentry/nestjs/setup';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Logger, LoggerModule } from 'nestjs-pino';
import { HelloController } from './hello.controller';
import { ShelfMetricsInterceptor } from './shelf-metrics.interceptor';

const labelNames = ['method', 'endpoint', 'status'];
const sentryModules: DynamicModule[] = process.env.SENTRY_DSN ? [SentryModule.forRoot()] : [];
const sentryFilters: Provider[] = process.env.SENTRY_DSN ? [{ provide: APP_FILTER, useClass: SentryGlobalFilter }] : [];

@Module({
  imports: [...sentryModules, LoggerModule.forRoot(), PrometheusModule.register()],
  controllers: [HelloController],
  providers: [
    ...sentryFilters,
    makeCounterProvider({ name: 'http_requests_total', help: 'Requests.', labelNames }),
    makeHistogramProvider({ name: 'http_request_duration_seconds', help: 'Duration.', labelNames }),
    makeGaugeProvider({ name: 'http_requests_in_progress', help: 'In progress.' }),
    { provide: APP_INTERCEPTOR, useClass: ShelfMetricsInterceptor },
  ],
})
class ShelfModule {}

/** The same five pillars put together from their parts' documentation: the honest alternative. */
async function main(): Promise<void> {
  const app = await NestFactory.create(ShelfModule, new FastifyAdapter(), { bufferLogs: true });
  app.useLogger(app.get(Logger));
  await app.listen(Number(process.env.PORT), '127.0.0.1');
}

void main();
