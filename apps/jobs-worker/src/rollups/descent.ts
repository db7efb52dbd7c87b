const MAX_REMEMBERED = 10_000;

/**
 * The newest buckets first is what people want to see, but where those are written to faster than they are rolled up, nobody would ever get to the older
 * ones. So every other pass goes on below the one before it, down to the oldest bucket and then from the newest again, also from turn to turn.
 */
export class Descent {
  private readonly reached = new Map<string, Date>();

  /** Below which bucket the next pass that descends begins; undefined: at the newest. */
  of(workspaceId: string): Date | undefined {
    return this.reached.get(workspaceId);
  }

  /** After each pass: `oldest` is the last bucket that it looked at, `beyond` whether marks are left below it. */
  passed(workspaceId: string, { oldest, beyond }: { oldest: Date | null; beyond: boolean }, descending: boolean): void {
    if (!beyond || !oldest) {
      this.reached.delete(workspaceId);
    } else if (descending || !this.reached.has(workspaceId)) {
      if (this.reached.size >= MAX_REMEMBERED) this.reached.clear();
      this.reached.set(workspaceId, oldest);
    }
  }
}
