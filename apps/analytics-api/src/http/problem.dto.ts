import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** RFC 9457 as this API speaks it. */
export const problemSchema = z
  .object({
    type: z.url().meta({ description: 'a page that explains the problem' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'stable, for programs' }),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string().meta({ description: 'JSON Pointer into the body, or the name of a parameter' }), detail: z.string() })).optional(),
    retry_after_ms: z.int().optional(),
  })
  .meta({ id: 'ProblemOfItem' });

/** The body of every answer from 400 up. */
export const answeredProblem = problemSchema.extend({ instance: z.string(), request_id: z.string(), trace_id: z.string() }).partial({ instance: true, request_id: true, trace_id: true }).meta({ id: 'Problem' });
export class ProblemDto extends createZodDto(answeredProblem) {}
