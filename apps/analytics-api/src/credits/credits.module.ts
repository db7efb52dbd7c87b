import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module';
import { CreditsController } from './credits.controller';

@Module({ imports: [AnalyticsModule], controllers: [CreditsController] })
export class CreditsModule {}
