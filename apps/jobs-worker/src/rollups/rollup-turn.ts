import { Injectable } from '@nestjs/common';
import { LiveStream } from '@shadower/redis';
import { addSpanAttributes, currentContext, getLogger, histogram, injectTrace, TraceOperation } from '@shadower/telemetry';
import { DataSource } from 'typeorm';
import { AlertWatch } from '../alerts/alert-watch';
import { Descent } from './descent';
import { liveFrames } from './live-frames';
import { Pace } from './pace';
import { recompute, type Announce } from './recompute';

const BUCKETS_PER_PASS = 64;
const TURN_MS = 5_000;

/** One worker's turn at one workspace. */
@Injectable()
export class RollupTurn {
  private readonly pace = new Pace();
  private readonly descent = new Descent();
  private readonly logger = getLogger('rollups');

  constructor(
    private readonly dataSource: DataSource,
    private readonly liveStream: LiveStream,
    private readonly alerts: AlertWatch,
  ) {}

  /**
   * `clean`: every mark that stood at the beginning is gone. `again`: somebody should look at the workspace once more, because its
   * turn is over, another worker was at it (who may not have seen the newest marks), or it rests after an expensive pass.
   */
  @TraceOperation('rollup_turn')
  async run(workspaceId: string): Promise<'clean' | 'again'> {
    const begun = performance.now();
    let buckets = 0;
    for (let descends = false; performance.now() - begun < TURN_MS && !this.pace.resting(workspaceId, performance.now()); descends = !descends) {
      const passBegun = performance.now();
      const below = descends ? this.descent.of(workspaceId) : undefined;
      const pass = await recompute(this.dataSource, workspaceId, BUCKETS_PER_PASS, (...told) => this.announce(workspaceId, ...told), below);
      if (pass.busy) return 'again';
      buckets += pass.buckets;
      addSpanAttributes({ 'rollup.buckets': buckets });
      if (pass.buckets > 0) this.committed(workspaceId, pass.buckets, pass.waitedMs + performance.now() - pass.takenAt);
      this.descent.passed(workspaceId, pass, descends);
      if (!descends && !pass.beyond) {
        this.pace.ended(workspaceId, performance.now() - passBegun, performance.now());
        return 'clean';
      }
    }
    return 'again';
  }

  private committed(workspaceId: string, buckets: number, delayMs: number): void {
    histogram('rollup_delay_seconds').observe({}, delayMs / 1_000);
    // The data set sends the line to the index of the metrics (monitoring/fluentd/fluentd.conf).
    this.logger.info({ 'event.dataset': 'analytics.metrics', workspace_id: workspaceId, buckets, delay_ms: Math.round(delayMs) }, 'rolled up');
  }

  private async announce(workspaceId: string, ...[changed, raised, usersToday]: Parameters<Announce>): Promise<void> {
    const envelope = { ts: new Date().toISOString(), trace: injectTrace().traceparent, request_id: currentContext().request_id };
    const frames = liveFrames(changed, usersToday).map((frame) => this.liveStream.publish(workspaceId, { ...frame, ...envelope }));
    await Promise.all([...frames, this.alerts.announce(raised)]);
  }
}
