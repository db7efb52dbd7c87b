import { setTimeout as pause } from 'node:timers/promises';

/** Runs `work` at once and then again and again, never twice at a time, resting about `everyMs` in between; `work` must not throw. */
export class RepeatingTask {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
  ) {
    this.running = this.run();
  }

  /** Resolves when the run that is under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.work();
      // Spread by a tenth, so that replicas that started together do not stay in step.
      await pause(this.everyMs * (0.9 + Math.random() / 5), undefined, { signal }).catch(() => undefined);
    }
  }
}
