/** The expected failures, by their stable code. `docs/errors/<code>.md` explains each to a client developer. */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is malformed' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The role does not allow this' },
  not_found: { status: 404, title: 'There is no such thing here' },
  conflict: { status: 409, title: 'The request conflicts with an earlier one' },
  idempotency_key_reused: { status: 409, title: 'The idempotency key belongs to another request' },
  gone: { status: 410, title: 'This is not there any more' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type or encoding is not supported' },
  range_not_satisfiable: { status: 416, title: 'The file ends before the range begins' },
  invalid: { status: 422, title: 'A value is not acceptable' },
  event_too_old: { status: 422, title: 'The event is older than the retention window' },
  event_in_future: { status: 422, title: 'The event lies too far in the future' },
  rate_limited: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'The service cannot do this right now' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** One field that was wrong: `pointer` is a JSON Pointer (RFC 6901) into the body, or the name of a parameter. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

export interface AppErrorDetails {
  errors?: FieldProblem[];
  retryAfterMs?: number;
  cause?: unknown;
}

/** A failure that is part of the contract: shown to the caller as it is, never reported as a bug. `detail` must be safe to show. */
export class AppError extends Error {
  /** Lets telemetry tell it from a bug without importing this package. */
  readonly expected = true;
  readonly status: number;
  readonly title: string;
  readonly errors?: FieldProblem[];
  readonly retryAfterMs?: number;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    { errors, retryAfterMs, cause }: AppErrorDetails = {},
  ) {
    super(detail, { cause });
    this.name = 'AppError';
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
  }
}
