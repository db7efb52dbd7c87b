import type { FieldProblem } from '@shadower/domain';
import type { z } from 'zod';

/** More would be noise, and an answer as large as the request. */
const MAX_PROBLEMS = 20;
/** Characters of one: zod repeats every key that it does not know. */
const MAX_DETAIL = 300;

const escaped = (step: PropertyKey): string => String(step).slice(0, 128).replaceAll('~', '~0').replaceAll('/', '~1');

/** zod's issues as problems of fields; `base` is the JSON Pointer of the value that was checked. */
export function fieldProblems(error: z.ZodError, base = ''): FieldProblem[] {
  return error.issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => ({ pointer: [base, ...path.map(escaped)].join('/'), detail: message.length > MAX_DETAIL ? `${message.slice(0, MAX_DETAIL).toWellFormed()}...` : message }));
}
