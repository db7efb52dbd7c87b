const CHEAP_MS = 100;
const REST_FACTOR = 2;
const LONGEST_REST_MS = 10_000;
const MAX_REMEMBERED = 10_000;

/**
 * A bucket that is written to without pause is recomputed again and again, and a big one costs seconds: after an expensive pass its workspace
 * rests for twice as long as the pass took, so that one hot workspace takes at most a third of one core of the database for each worker process, which
 * knows of its own passes only. Reads stay exact meanwhile.
 */
export class Pace {
  private readonly restUntil = new Map<string, number>();

  /** `now` and `tookMs` in milliseconds of one monotonic clock. */
  ended(workspaceId: string, tookMs: number, now: number): void {
    if (tookMs < CHEAP_MS) {
      this.restUntil.delete(workspaceId);
      return;
    }
    if (this.restUntil.size >= MAX_REMEMBERED) this.restUntil.clear();
    this.restUntil.set(workspaceId, now + Math.min(REST_FACTOR * tookMs, LONGEST_REST_MS));
  }

  resting(workspaceId: string, now: number): boolean {
    return now < (this.restUntil.get(workspaceId) ?? 0);
  }
}
