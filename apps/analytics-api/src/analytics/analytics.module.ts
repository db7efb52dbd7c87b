import { Module } from '@nestjs/common';
import { AnalyticsController } from './analytics.controller';
import { AnalyticsReader } from './analytics-reader';

@Module({ controllers: [AnalyticsController], providers: [AnalyticsReader], exports: [AnalyticsReader] })
export class AnalyticsModule {}
