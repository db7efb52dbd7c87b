import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { MEDIA_TYPES } from '../http/body-parsers';
import { ApiProblems } from '../http/api-problems';
import { EventsRequestDto } from './events-request.dto';
import { readBatch } from './event-batch';
import { EventsService } from './events.service';
import { IngestResultDto, type IngestResult } from './ingest-result';

interface Reply {
  status(code: number): unknown;
}

@ApiTags('events')
@Controller('api/v1/workspaces/:wid/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post()
  @HttpCode(200)
  @RequireRole('member')
  @ApiOperation({
    operationId: 'ingestEvents',
    summary: 'Store 1 to 1,000 events',
    description:
      'Answers after the events are committed. An event is identified by (workspace, time, id): sending it again is safe, so a request without an answer should simply be repeated. ' +
      'NDJSON holds one event a line; a CloudEvents batch names our attributes userid, agentid and executionid. At most 1 MiB, or gzip of at most 8 MiB.',
  })
  @ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
  @ApiConsumes(...Object.values(MEDIA_TYPES))
  @ApiBody({ type: EventsRequestDto })
  @ApiResponse({ status: 200, description: 'All events are stored, now or before', type: IngestResultDto.Output })
  @ApiResponse({ status: 207, description: 'Some events were rejected; the others are stored', type: IngestResultDto.Output })
  @ApiResponse({ status: 422, description: 'All events were rejected', type: IngestResultDto.Output })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  async ingest(@Param('wid') wid: string, @Headers('content-type') contentType: string | undefined, @Body() body: unknown, @Res({ passthrough: true }) reply: Reply): Promise<IngestResult> {
    const result = await this.events.ingest(wid, readBatch(contentType, body), Date.now());
    if (result.rejected.length > 0) reply.status(result.rejected.length === result.results.length ? 422 : 207);
    return result;
  }
}
