import { setTimeout as pause } from 'node:timers/promises';

/** Runs `work` at once and then again and again, never twice at a time, resting about `everyMs` in between; `work` must not throw. */
export class RepeatingTask {
  private stopping = false;
  private rest = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
  ) {
    this.running = this.run();
  }

  /** Ends the present rest, or leaves out the next one. */
  soon(): void {
    this.rest.abort();
  }

  /** Resolves when the run that is under way has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.soon();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.rest = new AbortController();
      await this.work();
      // Spread by a tenth, so that replicas that started together do not stay in step.
      await pause(this.everyMs * (0.9 + Math.random() / 5), undefined, { signal: this.rest.signal }).catch(() => undefined);
    }
  }
}
