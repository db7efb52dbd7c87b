import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, RequireRole, type Principal } from '@shadower/auth';
import { EXPORT_LIMITS, exportRequest, type ExportRequest } from '@shadower/domain';
import { z } from 'zod';
import { ApiAnswer, ApiParameters, ApiProblems, ApiRequest } from '../http/api-doc';
import { bodyFits, queryFits } from '../http/fits';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key';
import { pageQuery } from '../http/page';
import { DownloadLinks } from './download-link';
import { exportAnswer, exportOf, exportPage, type ExportAnswer } from './export-answer';
import { ExportsService } from './exports.service';

interface Reply {
  header(name: string, value: string): unknown;
}

const ABOUT = `Answers at once; ask for the export, or listen on the live channel \`exports\`, to learn how far it is. Rows stand in the order of time (then id, or type).
CSV is that of RFC 4180 with a header; a cell of text that a spreadsheet would take for a formula, or that begins with an apostrophe, has an apostrophe in front. An empty cell is null.
One snapshot: what is written meanwhile is not in it. At most ${EXPORT_LIMITS.active} at a time in a workspace, each of at most ${EXPORT_LIMITS.rows.toLocaleString('en')} rows and ${EXPORT_LIMITS.bytes / 2 ** 30} GiB; files are kept for ${EXPORT_LIMITS.keptMs / 3_600_000} hours.`;

/** Files hold more than any other answer, the events as they came: so they are for members, not for viewers. */
@ApiTags('exports')
@ApiBearerAuth()
@ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
@Controller('api/v1/workspaces/:wid/exports')
@RequireRole('member', 'export')
export class ExportsController {
  constructor(
    private readonly exports: ExportsService,
    private readonly links: DownloadLinks,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'orderExport', summary: 'Order a file of events, executions or rollups', description: ABOUT })
  @ApiIdempotencyKey()
  @ApiRequest('ExportRequest', exportRequest)
  @ApiAnswer(202, exportAnswer, '`Location` names the export')
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 429, 503)
  async order(@Param('wid') wid: string, @Body(bodyFits(exportRequest)) body: ExportRequest, @IdempotencyKey() key: string | undefined, @CurrentPrincipal() { sub }: Principal, @Res({ passthrough: true }) reply: Reply): Promise<ExportAnswer> {
    const { row, replayed } = await this.exports.order(wid, body, sub, key);
    reply.header('location', `/api/v1/workspaces/${wid}/exports/${row.id}`);
    if (replayed) reply.header(REPLAYED_HEADER, 'true');
    return this.shown(row);
  }

  @Get()
  @ApiOperation({ operationId: 'listExports', summary: 'Exports, the newest first' })
  @ApiParameters(pageQuery)
  @ApiAnswer(200, exportPage)
  @ApiProblems(400, 401, 403, 404, 503)
  async list(@Param('wid') wid: string, @Query(queryFits(pageQuery)) query: z.infer<typeof pageQuery>): Promise<z.infer<typeof exportPage>> {
    const { rows, next_cursor } = await this.exports.list(wid, query);
    return { items: rows.map((row) => this.shown(row)), next_cursor };
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getExport', summary: 'One export: how far it is, and where its file is' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiAnswer(200, exportAnswer)
  @ApiProblems(400, 401, 403, 404, 503)
  async one(@Param('wid') wid: string, @Param('id', queryFits(z.uuid())) id: string): Promise<ExportAnswer> {
    return this.shown(await this.exports.one(wid, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteExport', summary: 'Delete an export with its file; one that is under way ends' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'Nothing is left of it' })
  @ApiProblems(400, 401, 403, 404, 503)
  remove(@Param('wid') wid: string, @Param('id', queryFits(z.uuid())) id: string): Promise<void> {
    return this.exports.remove(wid, id);
  }

  private shown(row: Parameters<typeof exportOf>[0]): ExportAnswer {
    return exportOf(row, this.links, Date.now());
  }
}
