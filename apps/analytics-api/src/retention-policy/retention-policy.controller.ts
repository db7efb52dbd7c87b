import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { inWorkspace } from '@shadower/database';
import { DataSource } from 'typeorm';
import { ApiAnswer, ApiProblems, ApiRequest } from '../http/api-doc';
import { bodyFits } from '../http/fits';
import { readRetentionPolicy, retentionPolicyRequest, retentionPolicySchema, writeRetentionPolicy, type RetentionPolicy, type RetentionPolicyRequest } from './retention-policy';

@ApiTags('retention')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/retention-policy')
@RequireRole('viewer')
export class RetentionPolicyController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ operationId: 'getRetentionPolicy', summary: 'Get the retention policy' })
  @ApiAnswer(200, retentionPolicySchema)
  @ApiProblems(401, 403, 404, 503)
  policy(@Param('wid') wid: string): Promise<RetentionPolicy> {
    return inWorkspace(this.dataSource, wid, (runner) => readRetentionPolicy(runner, wid));
  }

  @Put()
  @RequireRole('admin')
  @ApiOperation({ operationId: 'putRetentionPolicy', summary: 'Set the retention policy', description: 'Events already removed are not restored when the policy is extended.' })
  @ApiRequest('RetentionPolicyRequest', retentionPolicyRequest)
  @ApiAnswer(200, retentionPolicySchema)
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  setPolicy(@Param('wid') wid: string, @Body(bodyFits(retentionPolicyRequest)) policy: RetentionPolicyRequest): Promise<RetentionPolicy> {
    return inWorkspace(this.dataSource, wid, (runner) => writeRetentionPolicy(runner, wid, policy));
  }
}
