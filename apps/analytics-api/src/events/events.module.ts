import { Module } from '@nestjs/common';
import { config } from '../config';
import { EventsController } from './events.controller';
import { EventsService, INGEST_LIMITS } from './events.service';

@Module({
  controllers: [EventsController],
  providers: [EventsService, { provide: INGEST_LIMITS, useValue: config }],
})
export class EventsModule {}
