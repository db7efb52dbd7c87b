import { fromMicroCredits, toMicroCredits, type AnalyticsEvent, type ServerMessage } from '@shadower/domain';
import type { IngestResult } from '../replay/api-client';

const grouped = (n: number): string => n.toLocaleString('en-US');

/** What a demonstration has done so far, for its status line. */
export class Tally {
  accepted = 0;
  private duplicate = 0;
  private rejected = 0;
  private executions = 0;
  private failed = 0;
  private credits = 0n;
  private questions = 0;
  private exports = 0;
  private frames = 0;

  constructor(private readonly beganMs: number) {}

  sent(events: AnalyticsEvent[], result: IngestResult): void {
    this.accepted += result.accepted;
    this.duplicate += result.duplicate;
    this.rejected += result.rejected.length;
    for (const { type, data } of events) {
      if (type === 'execution.completed' || type === 'execution.failed') this.executions += 1;
      if (type === 'execution.failed') this.failed += 1;
      if (data?.credits) this.credits += toMicroCredits(data.credits);
    }
  }

  asked(): void {
    this.questions += 1;
  }

  exported(): void {
    this.exports += 1;
  }

  heard(message: ServerMessage): void {
    if (message.type === 'ev') this.frames += 1;
  }

  line(nowMs: number): string {
    const seconds = Math.max(1, (nowMs - this.beganMs) / 1_000);
    const share = this.executions > 0 ? ((100 * this.failed) / this.executions).toFixed(1) : '0.0';
    const oddities = `${this.duplicate > 0 ? `, ${grouped(this.duplicate)} duplicate` : ''}${this.rejected > 0 ? `, ${grouped(this.rejected)} REJECTED` : ''}`;
    const exports = this.exports > 0 ? ` | ${grouped(this.exports)} exports` : '';
    return [
      `${Math.round(seconds)} s | ${grouped(this.accepted)} events (${(this.accepted / seconds).toFixed(1)}/s${oddities})`,
      `${grouped(this.executions)} executions, ${share} % failed`,
      `${fromMicroCredits(this.credits)} credits`,
      `${grouped(this.questions)} questions${exports}`,
      `${grouped(this.frames)} live frames`,
    ].join(' | ');
  }
}
