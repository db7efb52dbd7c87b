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

/** Refusals that frameworks make, by status; the details take the place of their own texts, which repeat what the caller sent. */
const REFUSALS: Record<number, { code: string; title?: string; detail?: string }> = {
  400: { code: 'bad_request', title: 'The request is malformed', detail: 'The request cannot be understood' },
  401: { code: 'unauthorized', title: 'A valid token is needed' },
  403: { code: 'forbidden', title: 'The role does not allow this' },
  404: { code: 'not_found', title: 'There is no such thing here', detail: 'There is no such resource' },
  405: { code: 'method_not_allowed', detail: 'The path exists and does not answer this method; the header Allow names those that it does' },
  408: { code: 'request_timeout', detail: 'The request did not come to its end in time' },
  409: { code: 'conflict', title: 'The request conflicts with an earlier one' },
  413: { code: 'payload_too_large', title: 'The body is too large', detail: 'The body is larger than allowed' },
  415: { code: 'unsupported_media_type', title: 'The content type or encoding is not supported', detail: 'The content type or encoding is not supported' },
  422: { code: 'invalid', title: 'A value is not acceptable' },
  429: { code: 'rate_limited', title: 'Too many requests' },
  431: { code: 'headers_too_large', detail: 'The headers are longer than allowed' },
  503: { code: 'unavailable', title: 'The service cannot do this right now' },
};
const UNKNOWN = { code: 'bad_request', title: undefined, detail: undefined };

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

const problem = (status: number, code: string, detail: string, title = REFUSALS[status]?.title ?? STATUS_CODES[status] ?? 'Error'): Problem => ({ type: `https://docs.shadower.ai/errors/${code}`, title, status, detail, code });

/** `['events', 0, 'id']` -> `/events/0/id` (RFC 6901). */
const pointer = (path: PropertyKey[]): string => path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

function fromValidation(issues: { path: PropertyKey[]; message: string }[]): Problem {
  const errors = issues.map(({ path, message }) => ({ pointer: pointer(path), detail: message }));
  return { ...problem(422, 'invalid', 'A value is not acceptable'), errors };
}

/** What a caller is told about any error: everything that its contract says, and nothing about a bug. */
export function problemOf(error: unknown): Problem {
  if (!isExpected(error)) return problem(500, 'internal', 'Something went wrong here; it has been reported');
  const failure = error as Failure;
  if (typeof failure.getZodError === 'function') return fromValidation(failure.getZodError().issues);
  if (typeof failure.getStatus === 'function' || failure.status === undefined) {
    const status = failure.getStatus?.() ?? failure.statusCode ?? 400;
    const message = (error as Error).message;
    const { code, detail = message } = REFUSALS[status] ?? UNKNOWN;
    return problem(status, code, detail);
  }
  const { status, code = (REFUSALS[status] ?? UNKNOWN).code, detail = '', title, errors, retryAfterMs } = failure;
  return { ...problem(status, code, detail, title), ...(errors ? { errors } : {}), ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) };
}
