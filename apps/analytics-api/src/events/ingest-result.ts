import { z } from 'zod';
import { named } from '../http/api-doc';
import { problemSchema } from '../http/problem';

/** What became of each event of a request. */
export const ingestResult = named(
  'IngestResult',
  z.object({
    accepted: z.int().meta({ description: 'events stored by this request' }),
    duplicate: z.int().meta({ description: 'events that were stored already, by identity (time, id): safe to send again' }),
    rejected: z.array(z.object({ index: z.int(), id: z.string().nullable(), problem: problemSchema })).meta({ description: 'events that were not stored, and why' }),
    results: z.array(z.enum(['accepted', 'duplicate', 'rejected'])).meta({ description: 'one word an event, in the order of the request' }),
  }),
);
export type IngestResult = z.infer<typeof ingestResult>;
