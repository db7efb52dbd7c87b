import type { PipeTransform } from '@nestjs/common';
import { AppError } from '@shadower/domain';
import type { z } from 'zod';
import { fieldProblems } from './field-problems';

/** A pipe for `@Body`: what does not fit the schema is answered 400, every wrong field named by its JSON Pointer. */
export const bodyFits = <T>(schema: z.ZodType<T>): PipeTransform => ({ transform: (value: unknown) => fitted(schema, value, (error) => fieldProblems(error)) });

/** A pipe for `@Query` and `@Param`: the same, with names of parameters. */
export const queryFits = <T>(schema: z.ZodType<T>): PipeTransform => ({
  transform: (value: unknown, { data: parameter = '' }) => fitted(schema, value, (error) => fieldProblems(error).map(({ pointer, detail }) => ({ pointer: pointer.slice(1) || parameter, detail }))),
});

function fitted<T>(schema: z.ZodType<T>, value: unknown, problems: (error: z.ZodError) => AppError['errors']): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('bad_request', 'The request failed validation; see errors.', { errors: problems(parsed.error) });
}
