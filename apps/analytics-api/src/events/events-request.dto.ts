import { EVENT_LIMITS, eventSchema } from '@shadower/domain';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** The body as the OpenAPI document shows it. Each event is checked by itself, so that a bad one does not refuse the others. */
export class EventsRequestDto extends createZodDto(
  z.strictObject({ events: z.array(eventSchema.meta({ id: 'Event' })).min(1).max(EVENT_LIMITS.batch) }).meta({ id: 'EventsRequest' }),
) {}
