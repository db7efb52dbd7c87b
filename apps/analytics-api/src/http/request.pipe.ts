import type { PipeTransform, Type } from '@nestjs/common';
import { AppError } from '@shadower/domain';
import { createZodValidationPipe } from 'nestjs-zod';
import type { z } from 'zod';
import { fieldProblems } from './field-problems';

/** Checks bodies, queries and parameters against the schema of their DTO; what does not fit is answered 400 with every field named. */
export const RequestPipe: Type<PipeTransform> = createZodValidationPipe({
  createValidationException: (error) => new AppError('bad_request', 'The request does not fit its description; see errors.', { errors: fieldProblems(error as z.ZodError) }),
});
