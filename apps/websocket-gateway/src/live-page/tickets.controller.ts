import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CurrentPrincipal, liveTicketOf, RequireRole, type Principal } from '@shadower/auth';
import { AppError, workspaceId } from '@shadower/domain';
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
    return { ticket: await this.tickets.issue(liveTicketOf(principal, wanted.data.workspace_id, Date.now())) };
  }
}
