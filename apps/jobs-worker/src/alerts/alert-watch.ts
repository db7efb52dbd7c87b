import { Injectable } from '@nestjs/common';
import { inSystem } from '@shadower/database';
import type { Alert } from '@shadower/domain';
import { LiveStream } from '@shadower/redis';
import { getLogger, injectTrace } from '@shadower/telemetry';
import type { QueryRunner } from 'typeorm';
import { DataSource } from 'typeorm';
import type { RaisedAlert } from './alert-row';
import { raiseQuotaAlerts } from './raise-quota-alerts';
import { raiseSpikeAlerts } from './raise-spike-alerts';

/** Looks at all workspaces for what their people should be alerted to, and tells it on the live stream. */
@Injectable()
export class AlertWatch {
  private readonly logger = getLogger('alerts');

  constructor(
    private readonly dataSource: DataSource,
    private readonly liveStream: LiveStream,
  ) {}

  /** Each rollup checks its own workspace; this finds what a changed quota or a new period brings about. */
  quotas(now = new Date()): Promise<void> {
    return this.watch((runner) => raiseQuotaAlerts(runner, null, now));
  }

  spikes(now = new Date()): Promise<void> {
    return this.watch((runner) => raiseSpikeAlerts(runner, now));
  }

  /** Call it before the COMMIT of the alerts, so that they are told at least once. */
  async announce(raised: RaisedAlert[]): Promise<void> {
    await Promise.all(raised.map(({ workspaceId, alert }) => this.publish(workspaceId, alert)));
  }

  private async watch(raise: (runner: QueryRunner) => Promise<RaisedAlert[]>): Promise<void> {
    await inSystem(this.dataSource, async (runner) => this.announce(await raise(runner)));
  }

  private async publish(workspaceId: string, alert: Alert): Promise<void> {
    this.logger.info({ workspace_id: workspaceId, alert_id: alert.id, kind: alert.kind, subject: alert.subject }, 'alert raised');
    await this.liveStream.publish(workspaceId, { ch: 'alerts', ts: alert.raised_at, data: { ...alert }, trace: injectTrace().traceparent });
  }
}
