import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { cleanText } from '@shadower/domain';
import type { z } from 'zod';
import { AnalyticsReader } from '../analytics/analytics-reader';
import { rangeOf } from '../analytics/time-range';
import { ApiAnswer, ApiParameters, ApiProblems } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { asOfPage, positionOf } from '../http/page';
import { executionDetail, executionDetailOf, type ExecutionDetail } from './execution-detail';
import { executionPage, executionQuery, executionsOf, type ExecutionQuery } from './execution-list';

@ApiTags('executions')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/executions')
@RequireRole('viewer')
export class ExecutionsController {
  constructor(private readonly reader: AnalyticsReader) {}

  @Get()
  @ApiOperation({ operationId: 'listExecutions', summary: 'List executions, latest first', description: 'A finished execution is listed at its end time, a running one at its start time.' })
  @ApiParameters(executionQuery)
  @ApiAnswer(200, executionPage)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  list(@Param('wid') wid: string, @Query(queryFits(executionQuery)) query: ExecutionQuery): Promise<z.infer<typeof executionPage>> {
    const at = positionOf(query.cursor, cleanText(128));
    const now = asOfPage(at, Date.now());
    const range = rangeOf(query, now);
    return this.reader.read('executions', wid, (runner) => executionsOf(runner, wid, { range, now, at }, query));
  }

  @Get(':execution')
  @ApiOperation({ operationId: 'getExecution', summary: 'Get an execution with its events and trace ids' })
  @ApiParam({ name: 'execution', type: 'string' })
  @ApiAnswer(200, executionDetail)
  @ApiProblems(400, 401, 403, 404, 503)
  detail(@Param('wid') wid: string, @Param('execution', queryFits(cleanText(128))) execution: string): Promise<ExecutionDetail> {
    return this.reader.read('execution', wid, (runner) => executionDetailOf(runner, wid, execution));
  }
}
