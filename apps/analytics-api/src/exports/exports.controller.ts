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

const ABOUT = `A file of events, executions or rollups. Responds immediately; poll the export, or subscribe to the live channel \`exports\`, to follow its progress. Rows are ordered by time (then id, or type).
CSV follows RFC 4180, with a header; text cells that a spreadsheet would treat as a formula, or that begin with an apostrophe, are prefixed with an apostrophe. An empty cell is null.
The file is one snapshot: later writes are not included. At most ${EXPORT_LIMITS.active} exports per workspace may be in progress, each of at most ${EXPORT_LIMITS.rows.toLocaleString('en')} rows and ${EXPORT_LIMITS.bytes / 2 ** 30} GiB; files are kept for ${EXPORT_LIMITS.keptMs / 3_600_000} hours.`;

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
  @ApiOperation({ operationId: 'createExport', summary: 'Create an export', description: ABOUT })
  @ApiIdempotencyKey()
  @ApiRequest('ExportRequest', exportRequest)
  @ApiAnswer(202, exportAnswer, 'The export was created; `Location` is its path')
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 429, 503)
  async order(@Param('wid') wid: string, @Body(bodyFits(exportRequest)) body: ExportRequest, @IdempotencyKey() key: string | undefined, @CurrentPrincipal() { sub }: Principal, @Res({ passthrough: true }) reply: Reply): Promise<ExportAnswer> {
    const { row, replayed } = await this.exports.order(wid, body, sub, key);
    reply.header('location', `/api/v1/workspaces/${wid}/exports/${row.id}`);
    if (replayed) reply.header(REPLAYED_HEADER, 'true');
    return this.shown(row);
  }

  @Get()
  @ApiOperation({ operationId: 'listExports', summary: 'List exports, newest first' })
  @ApiParameters(pageQuery)
  @ApiAnswer(200, exportPage)
  @ApiProblems(400, 401, 403, 404, 503)
  async list(@Param('wid') wid: string, @Query(queryFits(pageQuery)) query: z.infer<typeof pageQuery>): Promise<z.infer<typeof exportPage>> {
    const { rows, next_cursor } = await this.exports.list(wid, query);
    return { items: rows.map((row) => this.shown(row)), next_cursor };
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getExport', summary: 'Get an export: its progress and download link' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiAnswer(200, exportAnswer)
  @ApiProblems(400, 401, 403, 404, 503)
  async one(@Param('wid') wid: string, @Param('id', queryFits(z.uuid())) id: string): Promise<ExportAnswer> {
    return this.shown(await this.exports.one(wid, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteExport', summary: 'Delete an export and its file; one in progress is cancelled' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The export and its file are deleted' })
  @ApiProblems(400, 401, 403, 404, 503)
  remove(@Param('wid') wid: string, @Param('id', queryFits(z.uuid())) id: string): Promise<void> {
    return this.exports.remove(wid, id);
  }

  private shown(row: Parameters<typeof exportOf>[0]): ExportAnswer {
    return exportOf(row, this.links, Date.now());
  }
}
