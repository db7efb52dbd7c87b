import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What makes two runs the same replay: a resumed run may skip what another one had acknowledged only if all of it is equal. */
export interface ReplayIdentity {
  url: string;
  workspace: string;
  fingerprint: string;
}

/**
 * Remembers how many rows from the beginning of a trace the API has acknowledged, in a small file, so that a resumed run skips them.
 * Losing it costs only time: rows that are sent again are duplicates.
 */
export class Checkpoint {
  private readonly path: string;
  private readonly waiting = new Map<number, number>();
  private acknowledgedRows: number;

  constructor(directory: string, identity: ReplayIdentity) {
    const name = createHash('sha256').update([identity.url, identity.workspace, identity.fingerprint].join('\n')).digest('hex').slice(0, 16);
    this.path = join(directory, `${name}.json`);
    this.acknowledgedRows = readRows(this.path);
  }

  get rows(): number {
    return this.acknowledgedRows;
  }

  /** Rows `first` to `last` (counted from 1) are stored. Requests overtake one another: only rows without a gap before them count. */
  acknowledge(first: number, last: number): void {
    this.waiting.set(first, last);
    const before = this.acknowledgedRows;
    for (let next = this.waiting.get(this.acknowledgedRows + 1); next !== undefined; next = this.waiting.get(this.acknowledgedRows + 1)) {
      this.waiting.delete(this.acknowledgedRows + 1);
      this.acknowledgedRows = next;
    }
    if (this.acknowledgedRows > before) this.write();
  }

  /** The replay is complete: the next run sends everything again and finds only duplicates. */
  clear(): void {
    rmSync(this.path, { force: true });
  }

  private write(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    // A rename is atomic: a killed run leaves the old number or the new one, never half of one.
    const draft = `${this.path}.${process.pid}.tmp`;
    writeFileSync(draft, JSON.stringify({ rows: this.acknowledgedRows }));
    renameSync(draft, this.path);
  }
}

function readRows(path: string): number {
  try {
    const { rows } = JSON.parse(readFileSync(path, 'utf8')) as { rows?: unknown };
    return Number.isSafeInteger(rows) && (rows as number) > 0 ? (rows as number) : 0;
  } catch {
    // Absent or unreadable: start from the beginning, which is always right.
    return 0;
  }
}
