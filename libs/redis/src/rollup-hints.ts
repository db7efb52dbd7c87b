import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ROLLUP_DEBOUNCE_MS, type RollupJob } from '@shadower/domain';
import { currentContext, getLogger } from '@shadower/telemetry';
import { JobQueues } from './job-queues';
import { timeBox } from './time-box';

const MAX_IN_FLIGHT = 256;
const MAX_RECENT = 10_000;
/**
 * A hint is left out when a job that has not begun yet will see its rows anyway. The margin keeps a job that begins a little
 * early, by another clock's reading, from leaving rows behind until the sweep.
 */
const COVERED_MS = ROLLUP_DEBOUNCE_MS - 50;

/** Tells the worker that a workspace has new events. Only a hint: the marks in PostgreSQL are the truth, and a sweep finds what gets lost here. */
@Injectable()
export class RollupHints implements BeforeApplicationShutdown {
  private readonly recent = new Map<string, number>();
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly logger = getLogger('rollup-hints');

  constructor(private readonly queues: JobQueues) {}

  /** Call it after the COMMIT. Returns at once, never throws, and holds at most a bounded number of unanswered hints while Redis hangs. */
  hint(workspaceId: string): void {
    const now = performance.now();
    if (now - (this.recent.get(workspaceId) ?? -Infinity) < COVERED_MS || this.inFlight.size >= MAX_IN_FLIGHT) return;
    if (this.recent.size >= MAX_RECENT) this.recent.clear();
    this.recent.set(workspaceId, now);
    const sent = this.send(workspaceId).catch((err: unknown) => {
      this.recent.delete(workspaceId);
      this.logger.debug({ err, workspace_id: workspaceId }, 'hint lost; the sweep will find the workspace');
    });
    this.inFlight.add(sent);
    void sent.finally(() => this.inFlight.delete(sent));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await timeBox(1_000, Promise.all(this.inFlight)).catch(() => undefined);
  }

  private async send(workspaceId: string): Promise<void> {
    const { request_id, user_id } = currentContext();
    const job: RollupJob = { v: 1, workspace_id: workspaceId, context: { request_id, user_id } };
    const queue = await this.queues.ready('rollup');
    await queue.add('rollup', job, { delay: ROLLUP_DEBOUNCE_MS, deduplication: { id: workspaceId, ttl: COVERED_MS } });
  }
}
