import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CurrentPrincipal, requireRole, RequireRole, type Principal } from '@shadower/auth';
import { AppError, workspaceId, type LiveTicket } from '@shadower/domain';
import { TicketStore } from '@shadower/redis';
import { z } from 'zod';

const request = z.strictObject({ workspace_id: workspaceId });

/** Tickets for the page that this gateway serves, which may call no other origin. Everyone else buys them from the API. */
@Controller('live/tickets')
export class TicketsController {
  constructor(private readonly tickets: TicketStore) {}

  @Post()
  @HttpCode(201)
  @RequireRole('viewer')
  async create(@CurrentPrincipal() principal: Principal, @Body() body: unknown): Promise<{ ticket: string }> {
    const wanted = request.safeParse(body);
    if (!wanted.success) throw new AppError('invalid', 'Send {"workspace_id": "..."}.');
    const { workspace_id } = wanted.data;
    requireRole(principal, workspace_id, 'viewer');
    // The guard grants some seconds beyond the token's end; the socket does not.
    if (principal.expiresAt * 1_000 <= Date.now()) throw new AppError('unauthorized', 'The token has expired.');
    const claims: LiveTicket = { user_id: principal.sub, workspace_id, expires_at: principal.expiresAt * 1_000 };
    return { ticket: await this.tickets.issue(claims) };
  }
}
