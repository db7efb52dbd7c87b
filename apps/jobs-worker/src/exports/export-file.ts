import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { EXPORT_CHUNK_BYTES, type Slab } from '@shadower/database';
import { AppError } from '@shadower/domain';

export interface ExportBounds {
  rows: number;
  bytes: number;
}
/** Keeps the next piece of the file; `sums` are those up to its end. */
export type Keep = (piece: Buffer, sums: ExportBounds) => Promise<void>;

/** So many pieces may wait to be kept: PostgreSQL reads and writes at the same time, neither in step with the other. */
const IN_STOCK = 4;

/** A file on its way: compressed if wished, cut into pieces, counted and hashed. Holds a few pieces at most. */
export class ExportFile {
  private rows = 0;
  private bytes = 0;
  private readonly hash = createHash('sha256');
  private readonly gzip?: Gzip;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** Pieces are kept one after another, while others fill. */
  private keeping = Promise.resolve();
  private inStock = 0;
  private failure?: { error: unknown };

  constructor(
    compression: 'none' | 'gzip',
    private readonly bounds: ExportBounds,
    private readonly keep: Keep,
  ) {
    if (compression === 'none') return;
    this.gzip = createGzip({ level: constants.Z_BEST_SPEED + 2 });
    this.gzip.on('data', (bytes: Buffer) => this.gather(bytes));
  }

  /** Throws AppError `invalid` when the file gets larger than the bounds, and what `keep` throws. */
  async take({ bytes, rows }: Slab): Promise<void> {
    this.rows += rows;
    if (this.rows > this.bounds.rows) throw tooLarge(this.bounds.rows, 'rows');
    if (this.gzip) await new Promise<void>((resolve, reject) => this.gzip?.write(bytes, (error) => (error ? reject(error) : resolve())));
    else this.gather(bytes);
    await this.cut(EXPORT_CHUNK_BYTES);
  }

  /** Keeps what is left. */
  async end(): Promise<ExportBounds & { sha256: string }> {
    if (this.gzip) await Promise.all([once(this.gzip, 'end'), this.gzip.end()]);
    await this.cut(1);
    await this.keeping;
    return { rows: this.rows, bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  /** Lets go of everything, whatever state it is in. */
  async abandon(): Promise<void> {
    this.gzip?.destroy();
    await this.keeping.catch(() => undefined);
  }

  private gather(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  /** Hands on whole pieces while at least `atLeast` bytes wait; the last one may be shorter. */
  private async cut(atLeast: number): Promise<void> {
    if (this.waitingBytes < atLeast) return;
    const all = Buffer.concat(this.waiting, this.waitingBytes);
    let from = 0;
    for (; all.length - from >= atLeast; from += EXPORT_CHUNK_BYTES) await this.hand(all.subarray(from, from + EXPORT_CHUNK_BYTES));
    this.waiting = from < all.length ? [all.subarray(from)] : [];
    this.waitingBytes = Math.max(0, all.length - from);
  }

  private async hand(piece: Buffer): Promise<void> {
    if (this.failure) throw this.failure.error;
    if (this.inStock >= IN_STOCK) await this.keeping;
    this.hash.update(piece);
    this.bytes += piece.length;
    if (this.bytes > this.bounds.bytes) throw tooLarge(this.bounds.bytes, 'bytes');
    const sums = { rows: this.rows, bytes: this.bytes };
    this.inStock += 1;
    this.keeping = this.keeping.then(() => this.keep(piece, sums)).finally(() => (this.inStock -= 1));
    // Told at the next piece, or at the end.
    this.keeping.catch((error: unknown) => (this.failure ??= { error }));
  }
}

const tooLarge = (limit: number, unit: string): AppError =>
  new AppError('invalid', `The export is over the limit of ${limit} ${unit}: ask for a shorter span of time or filter it.`, { errors: [{ pointer: '/to', detail: `more than ${limit} ${unit} lie before it` }] });
