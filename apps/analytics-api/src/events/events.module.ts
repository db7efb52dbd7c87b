import { Module } from '@nestjs/common';
import { config } from '../config';
import { BacklogWatch } from './backlog-watch';
import { RetentionPolicyModule } from '../retention-policy/retention-policy.module';
import { EventsController } from './events.controller';
import { EventsService } from './events.service';
import { INGEST_LIMITS } from './ingest-limits';

@Module({
  imports: [RetentionPolicyModule],
  controllers: [EventsController],
  providers: [EventsService, BacklogWatch, { provide: INGEST_LIMITS, useValue: config }],
})
export class EventsModule {}
