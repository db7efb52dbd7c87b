import type { ExportRequest } from '@shadower/domain';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { inWorkspace } from '../transaction';
import { CopyOut, type Slab } from './copy-out';
import { exportSelect } from './export-select';
import { renderRows, timeOfLastRow } from './render-rows';

/** A part of a file: whole rows, and of when the last one is (ms since 1970). The header is of no time. */
export interface FilePart extends Slab {
  reached?: number;
}

/** A file of the largest size takes minutes; the lease of its worker ends what hangs. */
const SETTINGS = `SET LOCAL statement_timeout = '2h'; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'`;

/**
 * Hands the file of an export to `take`, part by part, the header first. It is one statement, so one snapshot: nothing that is written
 * meanwhile is half in it. Little is read ahead while `take` is busy. Ends early when `take` throws, or with the reason of `signal`.
 */
export const readExport = (dataSource: DataSource, workspaceId: string, request: ExportRequest, take: (part: FilePart) => Promise<void>, signal?: AbortSignal): Promise<void> =>
  inWorkspace(dataSource, workspaceId, async (runner) => {
    const { copy, header, mend } = renderRows(request.format, exportSelect(workspaceId, request));
    await runner.query(SETTINGS);
    const client = (await runner.connect()) as PoolClient;
    await take({ bytes: Buffer.from(header), rows: 0 });
    const rows = client.query(new CopyOut(copy));
    const stop = (): void => void rows.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    for await (const slab of rows as AsyncIterable<Slab>) await take({ bytes: mend(slab.bytes), rows: slab.rows, reached: timeOfLastRow(slab.bytes) });
  });
