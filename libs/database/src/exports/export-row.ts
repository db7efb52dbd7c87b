import type { ExportProgress, ExportRequest, ExportStatus } from '@shadower/domain';

/** A row of `exports` as `pg` gives it: bigint comes as text. */
export interface ExportRow {
  workspace_id: string;
  id: string;
  spec: ExportRequest;
  status: ExportStatus;
  requested_by: string | null;
  requested_at: Date;
  /** W3C traceparent of the request. */
  trace: string | null;
  request_id: string | null;
  /** Which attempt at it this is: only the latest may write. */
  attempt: number;
  rows: string;
  bytes: string;
  percent: number;
  sha256: string | null;
  error: string | null;
  started_at: Date | null;
  finished_at: Date | null;
  expires_at: Date | null;
}

/** Every piece of a file but the last has so many bytes, so any place in it is found without a search. */
export const EXPORT_CHUNK_BYTES = 1_048_576;

/** How far an export has come. */
export const exportProgressOf = ({ id, status, spec: { dataset, format }, rows, bytes, percent }: ExportRow): ExportProgress => ({
  ...{ export_id: id, status, dataset, format },
  rows: Number(rows),
  bytes: Number(bytes),
  percent: status === 'completed' || status === 'expired' ? 100 : percent,
});
