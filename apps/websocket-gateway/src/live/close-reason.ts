import { AppError, CLOSE_CODES, type CloseReason, type ProblemCode } from '@shadower/domain';

/** Why a connection ended, for logs and labels: a closed set whatever code the client sends. */
export type EndReason = CloseReason | 'normal' | 'gone' | 'error' | 'other';

/** The reason behind a close code that the client, or the WebSocket library on our side, chose. */
export function endReason(code: number): EndReason {
  if (code === 1000 || code === 1005) return 'normal';
  if (code === 1001) return 'gone';
  if (code === 1006) return 'error';
  if (code === 1002 || code === 1003 || code === 1007 || code === 1008) return 'protocol';
  return code === CLOSE_CODES.too_big ? 'too_big' : 'other';
}

const REFUSALS: Partial<Record<ProblemCode, CloseReason>> = { unauthorized: 'token', forbidden: 'forbidden', not_found: 'forbidden', bad_request: 'protocol' };

/** How a connection ends that was not let in. What is not the visitor's fault asks him to try again later. */
export const refusalReason = (error: unknown): CloseReason => (error instanceof AppError && REFUSALS[error.code]) || 'overload';
