import { Injectable } from '@nestjs/common';
import type { ExportRow, WrittenSoFar } from '@shadower/database';
import type { ExportProgress } from '@shadower/domain';
import { LiveStream } from '@shadower/redis';
import { currentContext, injectTrace } from '@shadower/telemetry';

const NOTHING: WrittenSoFar = { rows: 0, bytes: 0, percent: 0 };

/** Tells on the live stream how far an export has come. */
@Injectable()
export class ExportNews {
  constructor(private readonly liveStream: LiveStream) {}

  async tell({ id, workspace_id, spec: { dataset, format } }: ExportRow, status: ExportProgress['status'], sums: WrittenSoFar = NOTHING): Promise<void> {
    const data: ExportProgress = { export_id: id, status, dataset, format, ...sums };
    await this.liveStream.publish(workspace_id, { ch: 'exports', ts: new Date().toISOString(), data, trace: injectTrace().traceparent, request_id: currentContext().request_id });
  }
}
