import { Injectable } from '@nestjs/common';
import { bearerToken, liveTicketOf, TokenService } from '@shadower/auth';
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
    if ('ticket' in credentials) return this.redeem(credentials.ticket);
    return liveTicketOf(await this.tokens.verifyToken(bearerToken(credentials.authorization)), credentials.workspaceId, Date.now());
  }

  private async redeem(ticket: string): Promise<LiveTicket> {
    const claims = liveTicket.safeParse(await this.tickets.redeem(ticket));
    if (!claims.success) throw new AppError('unauthorized', 'The ticket is unknown, already used, or older than 30 seconds.');
    // A ticket outlives its token by up to 30 seconds, its connection does not.
    if (claims.data.expires_at <= Date.now()) throw new AppError('unauthorized', 'The token that the ticket was issued for has expired.');
    return claims.data;
  }
}
