import { Injectable } from '@nestjs/common';
import type { ExportRow } from '@shadower/database';
import type { ExportProgress } from '@shadower/domain';
import { LiveStream } from '@shadower/redis';
import { currentContext, injectTrace } from '@shadower/telemetry';

/** Tells on the live stream how far an export has come. */
@Injectable()
export class ExportNews {
  constructor(private readonly liveStream: LiveStream) {}

  async tell({ id, workspace_id, spec: { dataset, format } }: ExportRow, status: ExportProgress['status'], { rows, bytes } = { rows: 0, bytes: 0 }): Promise<void> {
    const data: ExportProgress = { export_id: id, status, dataset, format, rows, bytes };
    await this.liveStream.publish(workspace_id, { ch: 'exports', ts: new Date().toISOString(), data, trace: injectTrace().traceparent, request_id: currentContext().request_id });
  }
}
