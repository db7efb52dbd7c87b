import { AppError, type LiveTicket } from '@shadower/domain';
import { requireRole } from './access.guard';
import type { Principal } from './token-service';

/**
 * What a ticket for the live socket of a workspace says of its buyer. Throws as `requireRole` does for who may not read the workspace, and
 * `unauthorized` for a token that is only still tolerated: its socket would end at once.
 */
export function liveTicketOf(principal: Principal, workspaceId: string, now: number): LiveTicket {
  requireRole(principal, workspaceId, 'viewer');
  const expires_at = principal.expiresAt * 1_000;
  if (expires_at <= now) throw new AppError('unauthorized', 'The token has expired.');
  return { user_id: principal.sub, workspace_id: workspaceId, expires_at };
}
