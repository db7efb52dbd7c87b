import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { appendChunk, claimExport, completeExport, ExportSpan, failExport, giveBackExport, readExport, renewLease, type ExportRow, type WrittenSoFar } from '@shadower/database';
import { AppError, EXPORT_LIMITS } from '@shadower/domain';
import { addSpanAttributes, counter, getLogger, histogram, TraceOperation } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { config } from '../config';
import { Progress } from '../jobs/progress';
import { ExportFile, type ExportBounds } from './export-file';
import { ExportNews } from './export-news';

const ATTEMPTS = 8;
const TELL_EVERY_MS = 500;
const LEASE_MS = config.JOB_LOCK_MS;

/** The export is not this worker's any more: it was deleted, or another worker took it over. */
class ExportLost extends Error {}
/** This worker ends; another one may begin at once. */
class WorkerEnds extends Error {}

/** One worker's attempt at one export. */
@Injectable()
export class ExportRun implements BeforeApplicationShutdown {
  private readonly logger = getLogger('exports');
  private readonly running = new Set<AbortController>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly news: ExportNews,
    private readonly progress: Progress,
  ) {}

  beforeApplicationShutdown(): void {
    for (const attempt of this.running) attempt.abort(new WorkerEnds());
  }

  /** Writes the file, if the export waits for somebody to do so. Throws when another attempt should be made. */
  @TraceOperation('write_export')
  async run(workspaceId: string, id: string, bounds: ExportBounds = EXPORT_LIMITS): Promise<void> {
    const row = await claimExport(this.dataSource, workspaceId, id, LEASE_MS);
    if (!row) return;
    const begun = performance.now();
    addSpanAttributes({ 'export.format': row.spec.format, 'export.dataset': row.spec.dataset, 'export.attempt': row.attempt });
    const end = new AbortController();
    this.running.add(end);
    try {
      if (row.attempt > ATTEMPTS) throw new Error('every worker that tried died of it');
      await this.news.tell(row, 'running');
      const file = await this.write(row, bounds, end);
      if (!(await completeExport(this.dataSource, row, file))) throw new ExportLost();
      await this.ended(row, 'completed', begun, { rows: file.rows, bytes: file.bytes, percent: 100 });
    } catch (error) {
      await this.failed(row, end.signal.aborted ? end.signal.reason : error, begun);
    } finally {
      this.running.delete(end);
    }
  }

  private async write(row: ExportRow, bounds: ExportBounds, end: AbortController): Promise<ExportBounds & { sha256: string }> {
    const span = await ExportSpan.read(this.dataSource, row.workspace_id, row.spec);
    let no = 0;
    let percent = 0;
    let toldAt = performance.now();
    const file = new ExportFile(row.spec.compression, bounds, async (bytes, kept) => {
      const sums = { ...kept, percent };
      if (!(await appendChunk(this.dataSource, row, { no: no++, bytes }, sums, LEASE_MS))) throw new ExportLost();
      if (performance.now() - toldAt < TELL_EVERY_MS) return;
      toldAt = performance.now();
      await this.news.tell(row, 'running', sums);
    });
    // Also while nothing comes, because PostgreSQL sorts.
    const alive = setInterval(() => void this.renew(row, end), LEASE_MS / 3);
    try {
      await readExport(this.dataSource, row.workspace_id, row.spec, (part) => {
        percent = part.reached === undefined ? percent : span.percentAt(part.reached);
        return file.take(part);
      }, end.signal);
      return await file.end();
    } finally {
      clearInterval(alive);
      await file.abandon();
    }
  }

  private async renew(row: ExportRow, end: AbortController): Promise<void> {
    // Without an answer the lease runs on; if it ends, whoever takes over fences this worker off.
    const mine = await renewLease(this.dataSource, row, LEASE_MS).catch(() => true);
    if (!mine) return end.abort(new ExportLost());
    // A large file takes longer than work may wait unnoticed.
    this.progress.made('export');
  }

  private async failed(row: ExportRow, error: unknown, begun: number): Promise<void> {
    const refused = error instanceof AppError && error.code === 'invalid' ? error : undefined;
    const ends = error instanceof WorkerEnds;
    const final = refused !== undefined || row.attempt >= ATTEMPTS;
    const letGo = (): Promise<boolean> =>
      final
        ? failExport(this.dataSource, row, refused?.detail ?? `It could not be written in ${ATTEMPTS} attempts.`, LEASE_MS)
        : giveBackExport(this.dataSource, row, ends ? 0 : 1_000 * 2 ** row.attempt, LEASE_MS);
    // undefined where PostgreSQL is away: the lease ends by itself.
    const held = error instanceof ExportLost ? false : await letGo().catch(() => undefined);
    // Whatever went wrong with an export that is another's by now is no failure of the export.
    if (held === false) return this.logger.info({ workspace_id: row.workspace_id, export_id: row.id, attempt: row.attempt }, 'export was deleted or taken over');
    if (held) await (final ? this.ended(row, 'failed', begun) : this.news.tell(row, 'queued'));
    if (!refused && !ends) throw error;
  }

  private async ended(row: ExportRow, status: 'completed' | 'failed', begun: number, sums?: WrittenSoFar): Promise<void> {
    const labels = { format: row.spec.format, status };
    counter('exports_total').inc(labels);
    histogram('export_duration_seconds').observe(labels, (performance.now() - begun) / 1_000);
    this.logger.info({ workspace_id: row.workspace_id, export_id: row.id, format: row.spec.format, rows: sums?.rows, bytes: sums?.bytes, attempt: row.attempt }, `export ${status}`);
    await this.news.tell(row, status, sums);
  }
}
