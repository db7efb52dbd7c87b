import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { MEDIA_TYPES } from '../http/body-parsers';
import { EVENT_LIMITS, eventSchema } from '@shadower/domain';
import { z } from 'zod';
import { ApiAnswer, ApiProblems, ApiRequest } from '../http/api-doc';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key';
import { RateCost } from '../rate-limits/rate-cost';
import { countOf, readBatch } from './event-batch';
import { EventsService } from './events.service';
import { ingestResult, type IngestResult } from './ingest-result';

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** The body as the document shows it. Each event is checked by itself, so that a bad one does not refuse the others. */
const eventsRequest = z.strictObject({ events: z.array(eventSchema).min(1).max(EVENT_LIMITS.batch) });

@ApiTags('events')
@ApiBearerAuth()
@Controller('api/v1/workspaces/:wid/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post()
  @HttpCode(200)
  @RequireRole('member', 'ingest')
  @RateCost(countOf)
  @ApiOperation({
    operationId: 'ingestEvents',
    summary: 'Store 1 to 1,000 events',
    description:
      'Answers after the events are committed. An event is identified by (workspace, time, id): sending it again is safe, so a request without an answer should simply be repeated. ' +
      'NDJSON holds one event a line; a CloudEvents batch names our attributes userid, agentid and executionid. At most 1 MiB, or gzip of at most 8 MiB.',
  })
  @ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
  @ApiIdempotencyKey()
  @ApiConsumes(...Object.values(MEDIA_TYPES))
  @ApiRequest('EventsRequest', eventsRequest)
  @ApiAnswer(200, ingestResult, 'All events are stored, now or before')
  @ApiAnswer(207, ingestResult, 'Some events were rejected; the others are stored')
  @ApiAnswer(422, ingestResult, 'All events were rejected')
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  async ingest(
    @Param('wid') wid: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<IngestResult> {
    const answer = await this.events.ingest(wid, readBatch(contentType, body), Date.now(), key);
    reply.status(answer.status);
    if (answer.replayed) reply.header(REPLAYED_HEADER, 'true');
    return answer.body;
  }
}
