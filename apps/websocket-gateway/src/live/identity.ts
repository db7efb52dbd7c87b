import { Injectable } from '@nestjs/common';
import { bearerToken, requireRole, TokenService } from '@shadower/auth';
import { AppError, liveTicket, type LiveTicket } from '@shadower/domain';
import { TicketStore } from '@shadower/redis';
import type { Credentials } from './admission';

/** Finds out who a visitor is. Whoever may read a workspace may listen to it. */
@Injectable()
export class Identity {
  constructor(
    private readonly tickets: TicketStore,
    private readonly tokens: TokenService,
  ) {}

  /** Throws AppError `unauthorized`, `not_found` (a workspace that is not the visitor's), or `unavailable` when Redis cannot redeem a ticket. */
  async of(credentials: Credentials): Promise<LiveTicket> {
    const visitor = 'ticket' in credentials ? await this.redeem(credentials.ticket) : await this.verify(credentials);
    // Tokens are good for some seconds beyond their end, for clocks that differ; a connection ends at it, so one that began later would be cut at once.
    if (visitor.expires_at <= Date.now()) throw new AppError('unauthorized', 'The token has expired.');
    return visitor;
  }

  private async verify(credentials: Exclude<Credentials, { ticket: string }>): Promise<LiveTicket> {
    const principal = await this.tokens.verifyToken(bearerToken(credentials.authorization));
    requireRole(principal, credentials.workspaceId, 'viewer');
    return { user_id: principal.sub, workspace_id: credentials.workspaceId, expires_at: principal.expiresAt * 1_000 };
  }

  private async redeem(ticket: string): Promise<LiveTicket> {
    const claims = liveTicket.safeParse(await this.tickets.redeem(ticket));
    if (!claims.success) throw new AppError('unauthorized', 'The ticket is unknown, already used, or older than 30 seconds.');
    return claims.data;
  }
}
