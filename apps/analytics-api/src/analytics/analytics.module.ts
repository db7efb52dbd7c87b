import { Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller';
import { AnalyticsReader } from './analytics-reader';
import { MetricsController } from './metrics.controller';

@Module({ controllers: [AnalyticsController, MetricsController], providers: [AnalyticsReader], exports: [AnalyticsReader] })
export class AnalyticsModule {}
