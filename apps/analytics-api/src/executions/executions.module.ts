import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module';
import { ExecutionsController } from './executions.controller';

@Module({ imports: [AnalyticsModule], controllers: [ExecutionsController] })
export class ExecutionsModule {}
