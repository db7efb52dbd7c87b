import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { inWorkspace } from '@shadower/database';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { AnalyticsReader } from '../analytics/analytics-reader';
import { daysOf, rangeOf } from '../analytics/time-range';
import { ApiAnswer, ApiParameters, ApiProblems, ApiRequest } from '../http/api-doc';
import { Conditional } from '../http/conditional';
import { bodyFits, queryFits } from '../http/fits';
import { creditsOf, creditsQuery, creditsSchema, STEPS_MS, type CreditsSeries } from './credits-series';
import { balanceOf, balanceSchema, quotaRequest, quotaSchema, readQuota, writeQuota, type Balance, type Quota, type QuotaRequest } from './quota';

@ApiTags('credits')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/credits')
@RequireRole('viewer')
export class CreditsController {
  constructor(
    private readonly reader: AnalyticsReader,
    private readonly dataSource: DataSource,
  ) {}

  @Get()
  @Conditional()
  @ApiOperation({ operationId: 'getCredits', summary: 'Get credits consumed over time' })
  @ApiParameters(creditsQuery)
  @ApiAnswer(200, creditsSchema)
  @ApiProblems(400, 401, 403, 404, 422, 503)
  series(@Param('wid') wid: string, @Query(queryFits(creditsQuery)) query: z.infer<typeof creditsQuery>): Promise<CreditsSeries> {
    const now = Date.now();
    const range = rangeOf(query, now, STEPS_MS[query.granularity]);
    return this.reader.remember('credits', wid, daysOf(range), { ...range, granularity: query.granularity }, (runner) => creditsOf(runner, wid, range, query.granularity, now));
  }

  @Get('balance')
  @Conditional()
  @ApiOperation({ operationId: 'getCreditsBalance', summary: 'Get credits used and remaining in the current period', description: 'The period is that of the quota; without a quota, the calendar month (UTC).' })
  @ApiAnswer(200, balanceSchema)
  @ApiProblems(400, 401, 403, 404, 503)
  balance(@Param('wid') wid: string): Promise<Balance> {
    const now = Date.now();
    return this.reader.read('credits_balance', wid, (runner) => balanceOf(runner, wid, now));
  }

  @Get('quota')
  @ApiOperation({ operationId: 'getQuota', summary: 'Get the credit quota' })
  @ApiAnswer(200, quotaSchema)
  @ApiProblems(401, 403, 404, 503)
  quota(@Param('wid') wid: string): Promise<Quota> {
    return inWorkspace(this.dataSource, wid, (runner) => readQuota(runner, wid));
  }

  @Put('quota')
  @RequireRole('admin')
  @ApiOperation({ operationId: 'putQuota', summary: 'Set the credit quota', description: 'Passing a threshold raises an alert; usage is not blocked.' })
  @ApiRequest('QuotaRequest', quotaRequest)
  @ApiAnswer(200, quotaSchema)
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  setQuota(@Param('wid') wid: string, @Body(bodyFits(quotaRequest)) quota: QuotaRequest): Promise<Quota> {
    return inWorkspace(this.dataSource, wid, (runner) => writeQuota(runner, wid, quota));
  }
}
