import { Readable } from 'node:stream';
import { AppError } from '@shadower/domain';

/** A stream holds a piece or two of its file in memory, however slowly it is read. */
const MAX_OPEN = 64;
/** So that one workspace cannot keep the others from theirs. */
const MAX_OPEN_OF_WORKSPACE = 16;
/** Of all the connections to PostgreSQL that this process has, at least as many are for other requests. */
const MAX_READING = 3;

/** The downloads that this process serves at a time, bounded so that they leave memory and connections for everything else. */
export class DownloadStreams {
  private readonly open = new Map<string, number>();
  private reading = 0;
  private readonly queue: (() => void)[] = [];

  /** A stream of `pieces`, counted until it is closed. Throws AppError `unavailable` when there are too many. */
  of(workspaceId: string, pieces: AsyncIterable<Buffer>): Readable {
    const own = this.open.get(workspaceId) ?? 0;
    const all = [...this.open.values()].reduce((sum, count) => sum + count, 0);
    if (own >= MAX_OPEN_OF_WORKSPACE || all >= MAX_OPEN) throw new AppError('unavailable', 'Too many downloads are open at once.', { retryAfterMs: 2_000 });
    this.open.set(workspaceId, own + 1);
    return Readable.from(pieces, { objectMode: false }).once('close', () => this.closed(workspaceId));
  }

  /** Reads a piece when it is its turn. */
  async read<T>(piece: () => Promise<T>): Promise<T> {
    if (this.reading >= MAX_READING) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.reading += 1;
    try {
      return await piece();
    } finally {
      // The turn passes on, without a gap in which another could come between.
      const next = this.queue.shift();
      if (next) next();
      else this.reading -= 1;
    }
  }

  private closed(workspaceId: string): void {
    const left = (this.open.get(workspaceId) ?? 1) - 1;
    if (left > 0) this.open.set(workspaceId, left);
    else this.open.delete(workspaceId);
  }
}
