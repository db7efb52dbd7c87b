import { randomUUID } from 'node:crypto';
import { problemOf } from './problem';

const MALFORMED = { expected: true, status: 400, code: 'bad_request', detail: 'The path is malformed', errors: [{ pointer: '', detail: 'the path must be percent-encoded UTF-8' }] };

interface Reply {
  raw: { statusCode: number; setHeader(name: string, value: string): unknown; end(body: string): unknown };
}

/**
 * Answers with a problem what Fastify refuses before it looks for a route, for which it runs no hook: a path that cannot be decoded, and one with a
 * part that is longer than any name, which nothing has.
 */
export function answerFrameworkError(error: { code: string }, _request: unknown, { raw }: Reply): void {
  const request_id = randomUUID();
  const problem = problemOf(error.code === 'FST_ERR_BAD_URL' ? MALFORMED : { statusCode: 404 });
  raw.statusCode = problem.status;
  raw.setHeader('x-request-id', request_id);
  raw.setHeader('content-type', 'application/problem+json');
  raw.end(JSON.stringify({ ...problem, request_id }));
}
