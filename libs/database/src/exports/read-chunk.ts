import type { DataSource } from 'typeorm';
import { inWorkspace } from '../transaction';

/** A piece of a file, from byte `start` of it; undefined when the file is gone. */
export const readChunk = (dataSource: DataSource, workspaceId: string, exportId: string, no: number, start = 0): Promise<Buffer | undefined> =>
  inWorkspace(dataSource, workspaceId, async (runner) => {
    const [row] = (await runner.query('SELECT substr(bytes, $4::int) AS bytes FROM export_chunks WHERE workspace_id = $1 AND export_id = $2 AND no = $3', [workspaceId, exportId, no, start + 1])) as { bytes: Buffer }[];
    return row?.bytes;
  });
