import { AppError } from '@shadower/domain';

/** The values of `database_errors_total{error_type}`. */
export const DATABASE_ERROR_TYPES = ['connection', 'timeout', 'constraint', 'serialization', 'resources', 'permission', 'syntax', 'data', 'other'] as const;
export type DatabaseErrorType = (typeof DATABASE_ERROR_TYPES)[number];

/** SQLSTATE (or its class) and Node's own codes, from the special to the general. */
const TYPES: Record<string, DatabaseErrorType> = {
  57014: 'timeout',
  '25P03': 'timeout',
  '55P03': 'serialization',
  42501: 'permission',
  25006: 'resources', // read-only: a replica, or a fail-over in progress
  '08': 'connection',
  '57': 'connection',
  '28': 'permission',
  '23': 'constraint',
  '22': 'data',
  '42': 'syntax',
  '40': 'serialization',
  '53': 'resources',
  '58': 'resources',
  '54': 'data',
};
const SOCKET = /^E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_)/;
/** Failures of pg itself, and of TypeORM whose connection was lost between two statements, carry no code, only these words. */
const LOST = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|client was closed|Query runner already released|not queryable|after calling end/i;

/** What pg, TypeORM and Node's sockets say; not always an Error of this realm. */
interface Failure extends Error {
  code?: string;
  constraint?: string;
  driverError?: Error;
}

/** Which of the closed set a failure of pg or TypeORM belongs to. */
export function errorType(error: unknown): DatabaseErrorType {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (message.includes('Query read timeout')) return 'timeout';
  if (typeof code === 'string' && SOCKET.test(code)) return 'connection';
  if (typeof code === 'string') return TYPES[code] ?? TYPES[code.slice(0, 2)] ?? 'other';
  return LOST.test(message) ? 'connection' : 'other';
}

/** What another try may cure; `retryAfterMs` is a floor. A role or password that PostgreSQL refuses is somebody's to mend, yet for the caller it is the same. */
const RETRY: Partial<Record<DatabaseErrorType, number>> = { connection: 1_000, timeout: 1_000, resources: 5_000, serialization: 100 };

/** A statement that failed for a reason which retrying does not cure. It names the SQLSTATE, never the values: TypeORM's and pg's errors hold parameters and rows. */
export class StatementError extends Error {
  constructor(
    message: string,
    readonly sqlState: string | undefined,
    readonly constraint: string | undefined,
  ) {
    super(message);
    this.name = 'StatementError';
  }
}

/**
 * What leaves this library instead of a driver's error: `unavailable` (503 with Retry-After) when trying again may help,
 * a StatementError when it will not, and anything else (an AppError of the caller's) as it is.
 */
export function translated(error: unknown): unknown {
  if (error instanceof AppError || error instanceof StatementError || typeof error !== 'object' || error === null) return error;
  const { code, constraint, driverError } = error as Failure;
  const type = errorType(driverError ?? error);
  const retryAfterMs = RETRY[type];
  if (retryAfterMs) return new AppError('unavailable', 'The database cannot be reached or is too busy. Nothing was acknowledged; trying again is safe.', { retryAfterMs, cause: safe(error as Failure) });
  return driverError || (code && /^[0-9A-Z]{5}$/.test(code)) ? safe(error as Failure, constraint) : error;
}

function safe(error: Failure, constraint?: string): StatementError {
  const copy = new StatementError(error.message, error.code, constraint);
  copy.stack = error.stack;
  return copy;
}
