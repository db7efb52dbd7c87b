import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EXPORT_CHUNK_BYTES, readChunk, type ExportRow } from '@shadower/database';
import { AppError, workspaceId, type ExportRequest } from '@shadower/domain';
import { updateContext } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { ApiProblems } from '../http/api-doc';
import { queryFits } from '../http/fits';
import { RequestLimits } from '../rate-limits/request-limits';
import { byteRange, type ByteRange } from './byte-range';
import { DownloadLinks } from './download-link';
import { DownloadStreams } from './download-streams';
import { hasFile } from './export-answer';
import { ExportsService } from './exports.service';

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  headers(values: Record<string, string>): unknown;
}
interface Asked {
  method: string;
  headers: Record<string, string | undefined>;
}
const linkQuery = z.object({ until: z.string().max(20).optional(), signature: z.string().max(64).optional() });

const MEDIA = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
const GZIP = 'application/gzip';
const FILE = { content: Object.fromEntries([...Object.values(MEDIA), GZIP].map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }])) };

/** The compression is part of the file, not of its transport: so its length, its hash and its ranges are those of what is saved. */
const mediaTypeOf = ({ format, compression }: ExportRequest): string => (compression === 'gzip' ? GZIP : `${MEDIA[format]}; charset=utf-8`);
const fileNameOf = ({ id, spec: { dataset, format, compression } }: ExportRow): string => `${dataset}-${id}.${format}${compression === 'gzip' ? '.gz' : ''}`;

/** The files themselves, for whoever has a link. */
@ApiTags('exports')
@Controller('api/v1/workspaces/:wid/exports')
export class DownloadsController {
  constructor(
    private readonly exports: ExportsService,
    private readonly dataSource: DataSource,
    private readonly links: DownloadLinks,
    private readonly limits: RequestLimits,
    private readonly streams: DownloadStreams,
  ) {}

  @Get(':id/download')
  @ApiOperation({ operationId: 'downloadExport', summary: 'Download the file of an export', description: 'The `download.url` of an export. No token is needed: the link is signed. Resume an interrupted download with `Range` and `If-Range`.' })
  @ApiParam({ name: 'wid', type: 'string', description: 'workspace' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiQuery({ name: 'until', type: 'string', required: false })
  @ApiQuery({ name: 'signature', type: 'string', required: false })
  @ApiHeader({ name: 'Range', required: false, description: 'a single range of bytes' })
  @ApiHeader({ name: 'If-Range', required: false, description: 'the `ETag` of an earlier response; if the file has changed, it is sent whole' })
  @ApiProduces(...Object.values(MEDIA), GZIP)
  @ApiResponse({ status: 200, description: 'The whole file', ...FILE })
  @ApiResponse({ status: 206, description: 'The requested range', ...FILE })
  @ApiProblems(400, 403, 404, 410, 416, 429, 503)
  async download(
    @Param('wid', queryFits(workspaceId)) wid: string,
    @Param('id', queryFits(z.uuid())) id: string,
    @Query(queryFits(linkQuery)) link: z.infer<typeof linkQuery>,
    @Req() { method, headers: asked }: Asked,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<StreamableFile> {
    this.links.check({ workspaceId: wid, id }, link, Date.now());
    updateContext({ workspace_id: wid });
    await this.limits.draw({ workspaceId: wid }, 1, reply);
    const row = await this.exports.one(wid, id);
    if (!hasFile(row, Date.now())) throw new AppError('gone', 'The file has expired or was deleted; create a new export.');
    const [size, etag] = [Number(row.bytes), `"${row.sha256}"`];
    const about = { 'accept-ranges': 'bytes', etag, 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff', 'content-disposition': `attachment; filename="${fileNameOf(row)}"` };
    const wanted = asked['if-range'] === undefined || asked['if-range'] === etag ? byteRange(asked['range'], size) : undefined;
    if (wanted === 'unsatisfiable') {
      reply.headers({ ...about, 'content-range': `bytes */${size}` });
      throw new AppError('range_not_satisfiable', `The file has ${size} bytes.`, { errors: [{ pointer: 'Range', detail: `must begin before byte ${size}` }] });
    }
    const range = wanted ?? { first: 0, last: size - 1 };
    // Fastify answers HEAD too, and would read the whole file to throw it away.
    const stream = method === 'HEAD' ? Readable.from([]) : this.streams.of(wid, this.bytesOf(row, range));
    reply.headers({ ...about, ...(wanted ? { 'content-range': `bytes ${range.first}-${range.last}/${size}` } : {}) });
    reply.status(wanted ? 206 : 200);
    return new StreamableFile(stream, { type: mediaTypeOf(row.spec), length: range.last - range.first + 1 });
  }

  /** Piece by piece, as fast as the caller reads. When the file is deleted meanwhile the connection breaks: the answer must not look whole. */
  private async *bytesOf({ workspace_id, id }: ExportRow, { first, last }: ByteRange): AsyncGenerator<Buffer> {
    for (let at = first; at <= last; ) {
      const no = Math.floor(at / EXPORT_CHUNK_BYTES);
      const start = at - no * EXPORT_CHUNK_BYTES;
      const piece = await this.streams.read(() => readChunk(this.dataSource, workspace_id, id, no, start));
      if (!piece?.length) throw new AppError('gone', 'The file was deleted.');
      yield piece.subarray(0, last - at + 1);
      at += piece.length;
    }
  }
}
