import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequireRole, type Principal } from '@shadower/auth';
import { inWorkspace } from '@shadower/database';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ApiAnswer, ApiParameters, ApiProblems } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { acknowledge, alertPage, alertQuery, alertsOf, listedAlert, type AlertQuery, type ListedAlert } from './alert-list';

@ApiTags('alerts')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/alerts')
@RequireRole('viewer')
export class AlertsController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ operationId: 'listAlerts', summary: 'List alerts (spikes and passed quota thresholds), newest first' })
  @ApiParameters(alertQuery)
  @ApiAnswer(200, alertPage)
  @ApiProblems(400, 401, 403, 404, 503)
  list(@Param('wid') wid: string, @Query(queryFits(alertQuery)) query: AlertQuery): Promise<z.infer<typeof alertPage>> {
    return inWorkspace(this.dataSource, wid, (runner) => alertsOf(runner, wid, query));
  }

  @Post(':id/ack')
  @HttpCode(200)
  @RequireRole('member')
  @ApiOperation({ operationId: 'acknowledgeAlert', summary: 'Acknowledge an alert' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiAnswer(200, listedAlert)
  @ApiProblems(400, 401, 403, 404, 503)
  ack(@Param('wid') wid: string, @Param('id', queryFits(z.uuid())) id: string, @CurrentPrincipal() { sub }: Principal): Promise<ListedAlert> {
    return inWorkspace(this.dataSource, wid, (runner) => acknowledge(runner, wid, id, sub));
  }
}
