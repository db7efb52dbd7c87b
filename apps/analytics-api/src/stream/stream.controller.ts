import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, liveTicketOf, RequireRole, type Principal } from '@shadower/auth';
import { LIVE_LIMITS, LIVE_PATH, workspaceId } from '@shadower/domain';
import { TicketStore } from '@shadower/redis';
import { z } from 'zod';
import { config } from '../config';
import { ApiAnswer, ApiProblems, ApiRequest, named } from '../http/api-doc';
import { bodyFits } from '../http/fits';

const ticketRequest = z.strictObject({ workspace_id: workspaceId });
const ticket = named(
  'Ticket',
  z.object({
    ticket: z.string().meta({ description: `valid for one connection within ${LIVE_LIMITS.ticketSeconds} seconds` }),
    url: z.string().meta({ description: 'WebSocket URL to connect to, including the ticket' }),
    expires_in: z.int().meta({ description: 'seconds' }),
  }),
);

/** Passes to the live socket, for clients that cannot send a header with a WebSocket (browsers). */
@ApiTags('stream')
@ApiBearerAuth()
@Controller('api/v1/stream')
export class StreamController {
  constructor(private readonly tickets: TicketStore) {}

  @Post('tickets')
  @HttpCode(201)
  @RequireRole('viewer')
  @ApiOperation({ operationId: 'createTicket', summary: 'Create a single-use WebSocket ticket' })
  @ApiRequest('TicketRequest', ticketRequest)
  @ApiAnswer(201, ticket)
  @ApiProblems(400, 401, 403, 404, 503)
  async create(@CurrentPrincipal() principal: Principal, @Body(bodyFits(ticketRequest)) { workspace_id }: z.infer<typeof ticketRequest>): Promise<z.infer<typeof ticket>> {
    const issued = await this.tickets.issue(liveTicketOf(principal, workspace_id, Date.now()));
    const url = new URL(LIVE_PATH, config.GATEWAY_URL);
    url.searchParams.set('ticket', issued);
    return { ticket: issued, url: url.href, expires_in: LIVE_LIMITS.ticketSeconds };
  }
}
