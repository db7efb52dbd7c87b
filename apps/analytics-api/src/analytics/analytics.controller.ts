import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { activeWindowsOf } from '@shadower/database';
import type { z } from 'zod';
import { ApiAnswer, ApiParameters, ApiProblems } from '../http/api-doc';
import { Conditional } from '../http/conditional';
import { queryFits } from '../http/fits';
import { activeUsersOf, activeUsersSchema, type ActiveUsers } from './active-users';
import { AnalyticsReader } from './analytics-reader';
import { overviewOf, overviewSchema, type Overview } from './overview';
import { retentionOf, retentionQuery, retentionSchema, type Retention } from './retention';
import { daysOf, dayRangeOf, dayRangeQuery, rangeOf, rangeQuery } from './time-range';

/** Exact answers from rollups, and from raw events where the rollups are behind. */
@ApiTags('analytics')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid')
@RequireRole('viewer')
export class AnalyticsController {
  constructor(private readonly reader: AnalyticsReader) {}

  @Get('overview')
  @Conditional()
  @ApiOperation({ operationId: 'getOverview', summary: 'Get totals of a time range', description: '`from` and `to` are widened to multiples of 15 minutes; the response gives the range used.' })
  @ApiParameters(rangeQuery)
  @ApiAnswer(200, overviewSchema)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  overview(@Param('wid') wid: string, @Query(queryFits(rangeQuery)) query: z.infer<typeof rangeQuery>): Promise<Overview> {
    const now = Date.now();
    const range = rangeOf(query, now);
    return this.reader.remember('overview', wid, daysOf(range), range, (runner) => overviewOf(runner, wid, range, now));
  }

  @Get('active-users')
  @Conditional()
  @ApiOperation({ operationId: 'getActiveUsers', summary: 'Get daily, weekly and monthly active users', description: 'Exact distinct counts. Days are in UTC.' })
  @ApiParameters(dayRangeQuery)
  @ApiAnswer(200, activeUsersSchema)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  activeUsers(@Param('wid') wid: string, @Query(queryFits(dayRangeQuery)) query: z.infer<typeof dayRangeQuery>): Promise<ActiveUsers> {
    const now = Date.now();
    const range = dayRangeOf(query, now);
    return this.reader.remember('active_users', wid, activeWindowsOf(range), range, (runner) => activeUsersOf(runner, wid, range, now));
  }

  @Get('retention')
  @Conditional()
  @ApiOperation({ operationId: 'getRetention', summary: 'Get weekly retention cohorts', description: 'How many of the new users of each week came back. Exact. Weeks begin on Monday (UTC).' })
  @ApiParameters(retentionQuery)
  @ApiAnswer(200, retentionSchema)
  @ApiProblems(400, 401, 403, 404, 503)
  retention(@Param('wid') wid: string, @Query(queryFits(retentionQuery)) { weeks }: z.infer<typeof retentionQuery>): Promise<Retention> {
    const now = Date.now();
    return this.reader.read('retention', wid, (runner) => retentionOf(runner, wid, weeks, now));
  }
}
