import { STATUS_CODES } from 'node:http';
import { isExpected } from '../context/unexpected';

/** RFC 9457, with a stable `code` for programs and ids for support. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: { pointer: string; detail: string }[];
  retry_after_ms?: number;
}

const CODES: Record<number, string> = { 400: 'bad_request', 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 405: 'method_not_allowed', 408: 'request_timeout', 409: 'conflict', 413: 'payload_too_large', 415: 'unsupported_media_type', 422: 'invalid', 429: 'rate_limited', 431: 'headers_too_large', 503: 'unavailable' };

/** Details for refusals that frameworks make: their own texts repeat what the caller sent. */
const DETAILS: Record<number, string> = { 400: 'The request cannot be understood', 404: 'There is no such resource', 408: 'The request did not come to its end in time', 413: 'The body is larger than allowed', 415: 'The content type or encoding is not supported', 431: 'The headers are longer than allowed' };

interface Failure {
  status?: number;
  statusCode?: number;
  code?: string;
  title?: string;
  detail?: string;
  errors?: Problem['errors'];
  retryAfterMs?: number;
  getStatus?: () => number;
  getZodError?: () => { issues: { path: PropertyKey[]; message: string }[] };
  getResponse?: () => unknown;
}

const problem = (status: number, code: string, detail: string, title = STATUS_CODES[status] ?? 'Error'): Problem => ({ type: `https://docs.shadower.ai/errors/${code}`, title, status, detail, code });

/** `['events', 0, 'id']` -> `/events/0/id` (RFC 6901). */
const pointer = (path: PropertyKey[]): string => path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

function fromValidation(issues: { path: PropertyKey[]; message: string }[]): Problem {
  const errors = issues.map(({ path, message }) => ({ pointer: pointer(path), detail: message }));
  return { ...problem(422, 'invalid', 'A value is not acceptable', 'A value is not acceptable'), errors };
}

/** What a caller is told about any error: everything that its contract says, and nothing about a bug. */
export function problemOf(error: unknown): Problem {
  if (!isExpected(error)) return problem(500, 'internal', 'Something went wrong here; it has been reported');
  const failure = error as Failure;
  if (typeof failure.getZodError === 'function') return fromValidation(failure.getZodError().issues);
  if (typeof failure.getStatus === 'function' || failure.status === undefined) {
    const status = failure.getStatus?.() ?? failure.statusCode ?? 400;
    const message = (error as Error).message;
    return problem(status, CODES[status] ?? 'bad_request', DETAILS[status] ?? message);
  }
  const { status, code = CODES[status] ?? 'bad_request', detail = '', title, errors, retryAfterMs } = failure;
  return { ...problem(status, code, detail, title), ...(errors ? { errors } : {}), ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) };
}
