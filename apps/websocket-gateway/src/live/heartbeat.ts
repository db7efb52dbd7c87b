/**
 * Watches for signs of life: any frame counts, WebSocket pongs included, which every client library sends by itself.
 * Silence for one interval asks for a ping, silence for two is death. The clock (milliseconds) is an argument.
 */
export class Heartbeat {
  private heardAt: number;
  private askedAt = -Infinity;

  constructor(
    private readonly intervalMs: number,
    now: number,
  ) {
    this.heardAt = now;
  }

  heard(now: number): void {
    this.heardAt = now;
  }

  check(now: number): 'fine' | 'ask' | 'dead' {
    const silence = now - this.heardAt;
    if (silence >= 2 * this.intervalMs) return 'dead';
    if (silence < this.intervalMs || now - this.askedAt < this.intervalMs) return 'fine';
    this.askedAt = now;
    return 'ask';
  }
}
