/** What one client may send: a burst of 60 frames, then 20 a second. Far above any use of five channels, far below what would cost us. */
export const MESSAGE_BURST = 60;
export const MESSAGES_PER_SECOND = 20;

/** A token bucket for one connection; the clock (milliseconds) is an argument. */
export class MessageBudget {
  private tokens = MESSAGE_BURST;
  private at: number;

  constructor(now: number) {
    this.at = now;
  }

  /** Takes one token; false means that the client floods. */
  spend(now: number): boolean {
    const earned = (Math.max(0, now - this.at) / 1_000) * MESSAGES_PER_SECOND;
    this.tokens = Math.min(MESSAGE_BURST, this.tokens + earned);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
