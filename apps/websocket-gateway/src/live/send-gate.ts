/** Bytes that may wait in memory for one client before frames are held back from it. */
export const BUFFER_LIMIT_BYTES = 1_048_576;
/** How long a client may stay over the limit. */
export const SLOW_CONSUMER_MS = 5_000;

/**
 * Looked at a few times a second, tells a client that is slow for a moment from one that is too slow: over the limit nothing more is queued,
 * which bounds memory, and over it for 5 s it is to be closed. The clock (milliseconds) is an argument.
 */
export class SendGate {
  private fullSince?: number;

  /** `bufferedBytes` is what waits for the client now. */
  check(bufferedBytes: number, now: number): 'open' | 'full' | 'too_slow' {
    if (bufferedBytes <= BUFFER_LIMIT_BYTES) {
      this.fullSince = undefined;
      return 'open';
    }
    this.fullSince ??= now;
    return now - this.fullSince >= SLOW_CONSUMER_MS ? 'too_slow' : 'full';
  }
}
