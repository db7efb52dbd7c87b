import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module';
import { AgentsController } from './agents.controller';

@Module({ imports: [AnalyticsModule], controllers: [AgentsController] })
export class AgentsModule {}
