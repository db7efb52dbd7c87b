import { Readable } from 'node:stream';
import type { Connection, Submittable } from 'pg';

/** Whole rows as PostgreSQL wrote them. */
export interface Slab {
  bytes: Buffer;
  rows: number;
}

const SLAB_BYTES = 262_144;
/** A server that sorts may be silent for long; one that is silent for longer is gone. */
const SILENCE_MS = 300_000;
/** The stream watches the silence itself: pg's own time-out is for whole statements. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The rows of a `COPY ... TO STDOUT`, as a stream of slabs. While nobody reads, the socket rests and the server waits: memory stays bounded
 * however many rows there are. Destroyed before its end, it takes the connection with it, which would have no other way to stop the server.
 */
export class CopyOut extends Readable implements Submittable {
  readonly query_timeout = NO_TIMEOUT_MS;
  callback: () => void = () => undefined;
  private connection?: Connection;
  private slab = Buffer.allocUnsafe(SLAB_BYTES);
  private size = 0;
  private rows = 0;
  private over = false;
  private readonly watch = setTimeout(() => this.destroy(new Error('Connection terminated: the server fell silent')), SILENCE_MS).unref();

  constructor(private readonly text: string) {
    super({ objectMode: true, highWaterMark: 16 });
  }

  submit(connection: Connection): void {
    this.connection = connection;
    connection.query(this.text);
  }

  /** One message is one row. It is copied, because pg uses its own buffer for what comes next. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.watch.refresh();
    if (this.size + chunk.length > this.slab.length) this.flush();
    if (chunk.length > this.slab.length) this.slab = Buffer.allocUnsafe(chunk.length);
    this.size += chunk.copy(this.slab, this.size);
    this.rows += 1;
  }

  handleCommandComplete(): void {
    this.flush();
  }

  handleReadyForQuery(): void {
    this.finish();
    this.push(null);
  }

  handleError(error: Error): void {
    this.finish();
    this.destroy(error);
  }

  override _read(): void {
    this.connection?.stream.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.over) this.connection?.stream.destroy();
    clearTimeout(this.watch);
    callback(error);
  }

  private flush(): void {
    if (this.rows === 0) return;
    const slab: Slab = { bytes: this.slab.subarray(0, this.size), rows: this.rows };
    this.slab = Buffer.allocUnsafe(SLAB_BYTES);
    this.size = 0;
    this.rows = 0;
    if (!this.push(slab)) this.connection?.stream.pause();
  }

  private finish(): void {
    this.over = true;
    this.callback();
    // Whoever uses the connection next expects answers.
    this.connection?.stream.resume();
  }
}
