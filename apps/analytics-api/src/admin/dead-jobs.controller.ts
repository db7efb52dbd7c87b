import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequireOperator } from '@shadower/auth';
import { deadJobs, redriveDeadJob, type DeadJobRow } from '@shadower/database';
import { JobQueues } from '@shadower/redis';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ApiAnswer, ApiParameters, ApiProblems, named } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { paged, pageOf, pageQuery, positionOf } from '../http/page';

const deadJob = named(
  'DeadJob',
  z.object({
    id: z.uuid(),
    workspace_id: z.string().meta({ description: "empty for the system's own jobs" }),
    queue: z.string(),
    job_type: z.string(),
    job_id: z.string(),
    payload: z.unknown(),
    error: z.string(),
    attempts: z.int(),
    trace_id: z.string().nullable(),
    request_id: z.string().nullable(),
    enqueued_at: z.iso.datetime(),
    failed_at: z.iso.datetime(),
    redriven_at: z.iso.datetime().nullable(),
  }),
);
const deadJobPage = named('DeadJobPage', pageOf(deadJob));

const shown = ({ enqueued_at, failed_at, redriven_at, trace_id, request_id, payload, ...rest }: DeadJobRow): z.infer<typeof deadJob> => ({
  ...rest,
  payload: payload ?? null,
  trace_id: trace_id ?? null,
  request_id: request_id ?? null,
  enqueued_at: enqueued_at.toISOString(),
  failed_at: failed_at.toISOString(),
  redriven_at: redriven_at?.toISOString() ?? null,
});

/** Jobs that used up their attempts, for those who run the system. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/jobs/dead')
@RequireOperator()
export class DeadJobsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queues: JobQueues,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listDeadJobs', summary: 'List jobs that exhausted their attempts, newest first' })
  @ApiParameters(pageQuery)
  @ApiAnswer(200, deadJobPage)
  @ApiProblems(400, 401, 403, 503)
  async list(@Query(queryFits(pageQuery)) { limit, cursor }: z.infer<typeof pageQuery>): Promise<z.infer<typeof deadJobPage>> {
    const at = positionOf(cursor, z.uuid());
    const after = at && { failed_at: new Date(at[0]), id: at[1] };
    const { rows, next_cursor } = paged(await deadJobs(this.dataSource, limit + 1, after), limit, (job) => [job.failed_at.toISOString(), job.id]);
    return { items: rows.map(shown), next_cursor };
  }

  @Post(':id/retry')
  @HttpCode(200)
  @ApiOperation({ operationId: 'retryDeadJob', summary: 'Requeue a dead job' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiAnswer(200, deadJob)
  @ApiProblems(400, 401, 403, 404, 409, 503)
  async retry(@Param('id', queryFits(z.uuid())) id: string): Promise<z.infer<typeof deadJob>> {
    return shown(await redriveDeadJob(this.dataSource, id, (job) => this.queues.resend(job)));
  }
}
