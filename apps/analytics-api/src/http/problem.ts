import { z } from 'zod';

/** RFC 9457 as this API speaks it. In a list of results the ids of the request are left out: they stand in the headers. */
export const problemSchema = z.object({
  type: z.url().meta({ description: 'a page that explains the problem' }),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: 'stable, for programs' }),
  detail: z.string(),
  instance: z.string().optional(),
  request_id: z.string().optional(),
  trace_id: z.string().optional(),
  errors: z
    .array(z.object({ pointer: z.string().meta({ description: 'JSON Pointer into the body, or the name of a parameter' }), detail: z.string() }))
    .optional(),
  retry_after_ms: z.int().optional(),
});
