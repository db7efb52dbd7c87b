import { Controller, Delete, Get, HttpCode, Param, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '@shadower/auth';
import { inWorkspace } from '@shadower/database';
import { cleanText, type ErasureJob } from '@shadower/domain';
import { JobQueues } from '@shadower/redis';
import { currentContext, getLogger } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { ApiAnswer, ApiProblems } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { erasureSchema, orderErasure, readErasure, type Erasure } from './erasure';

const userId = queryFits(cleanText(128));

@ApiTags('users')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@ApiParam({ name: 'uid', type: 'string', description: 'user' })
@Controller('api/v1/workspaces/:wid/users/:uid')
@RequireRole('admin')
export class UsersController {
  private readonly logger = getLogger('erasure');

  constructor(
    private readonly dataSource: DataSource,
    private readonly queues: JobQueues,
  ) {}

  @Delete()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'eraseUser',
    summary: "Erase a user's personal data",
    description: 'Events are kept without the user and without their free-form data; no total and no active-user count changes. `Location` shows whether the erasure is still pending.',
  })
  @ApiAnswer(202, erasureSchema)
  @ApiProblems(400, 401, 403, 404, 503)
  async erase(@Param('wid') wid: string, @Param('uid', userId) uid: string, @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): Promise<Erasure> {
    const erasure = await inWorkspace(this.dataSource, wid, (runner) => orderErasure(runner, wid, uid));
    void this.hint({ v: 1, workspace_id: wid, user_id: uid, context: { request_id: currentContext().request_id } });
    reply.header('location', `/api/v1/workspaces/${wid}/users/${encodeURIComponent(uid)}/erasure`);
    return erasure;
  }

  @Get('erasure')
  @ApiOperation({ operationId: 'getErasure', summary: 'Get a pending erasure', description: '404 once it is complete.' })
  @ApiAnswer(200, erasureSchema)
  @ApiProblems(400, 401, 403, 404, 503)
  erasure(@Param('wid') wid: string, @Param('uid', userId) uid: string): Promise<Erasure> {
    return inWorkspace(this.dataSource, wid, (runner) => readErasure(runner, wid, uid));
  }

  /** The order stands in the database: without the hint the worker finds it a minute later. */
  private async hint(job: ErasureJob): Promise<void> {
    try {
      await (await this.queues.ready('erasure')).add('erase-user', job, { removeOnComplete: true });
    } catch (err) {
      this.logger.debug({ err }, 'the hint of an erasure was not sent');
    }
  }
}
