import { exportProgressOf, type ExportRow } from '@shadower/database';
import { EXPORT_COMPRESSIONS, EXPORT_DATASETS, EXPORT_FORMATS, EXPORT_STATUSES } from '@shadower/domain';
import { z } from 'zod';
import { named } from '../http/api-doc';
import { pageOf } from '../http/page';
import type { DownloadLinks } from './download-link';

export const exportAnswer = named(
  'Export',
  z.object({
    id: z.uuid(),
    dataset: z.enum(EXPORT_DATASETS),
    format: z.enum(EXPORT_FORMATS),
    compression: z.enum(EXPORT_COMPRESSIONS),
    from: z.string(),
    to: z.string(),
    filter: z.record(z.string(), z.string()),
    status: z.enum(EXPORT_STATUSES),
    error: z.string().nullable().meta({ description: 'why it failed' }),
    requested_by: z.string().nullable(),
    requested_at: z.iso.datetime(),
    rows: z.int().meta({ description: 'rows written so far' }),
    bytes: z.int().meta({ description: 'bytes of the file written so far' }),
    percent: z.int().meta({ description: 'approximate progress, by the events of the range; 100 only when complete' }),
    sha256: z.string().nullable().meta({ description: 'SHA-256 of the file, in hex' }),
    finished_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime().nullable().meta({ description: 'when the file is deleted' }),
    download: z
      .object({ url: z.string().meta({ description: 'path of this API; no token is needed' }), expires_at: z.iso.datetime().meta({ description: 'request the export again for a new link' }) })
      .nullable()
      .meta({ description: 'null while there is no file' }),
  }),
);
export type ExportAnswer = z.infer<typeof exportAnswer>;
export const exportPage = named('ExportPage', pageOf(exportAnswer));

/** True when the file is there and its time is not over, whether or not somebody has deleted it yet. */
export const hasFile = ({ status, expires_at }: ExportRow, now: number): boolean => status === 'completed' && expires_at !== null && expires_at.getTime() > now;

/** An export as callers see it at `now`. */
export function exportOf(row: ExportRow, links: DownloadLinks, now: number): ExportAnswer {
  const { id, workspace_id, spec, status, error, requested_by, sha256 } = row;
  const there = hasFile(row, now);
  return {
    ...{ id, ...spec, error, requested_by, sha256 },
    filter: spec.filter as Record<string, string>,
    status: status === 'completed' && !there ? 'expired' : status,
    requested_at: row.requested_at.toISOString(),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    percent: exportProgressOf(row).percent,
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    download: there ? links.linkTo({ workspaceId: workspace_id, id }, now) : null,
  };
}
