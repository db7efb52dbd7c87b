import { Injectable } from '@nestjs/common';

/** When this process last finished a piece of background work; its start counts as one. */
@Injectable()
export class Progress {
  private last = performance.now();

  completed(): void {
    this.last = performance.now();
  }

  /** Milliseconds since then. */
  idleMs(): number {
    return performance.now() - this.last;
  }
}
