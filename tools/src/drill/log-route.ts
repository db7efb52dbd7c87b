import { rmSync } from 'node:fs';
import { BulkReceiver, startFluentd, type LocalFluentd } from '@shadower/monitoring';

/** The real Fluentd behind the log of the API, and a receiver that stands for Elasticsearch. */
export class LogRoute {
  private constructor(
    private readonly fluentd: LocalFluentd,
    private readonly elasticsearch: BulkReceiver,
    private readonly port: number,
  ) {}

  /** Time windows are divided by `factor`; rates are as they are, and the buffer is that of a small disk. Needs Ruby or root, and gems. */
  static async start(logFile: string, metricsPort: number, factor: number): Promise<LogRoute> {
    const elasticsearch = await BulkReceiver.start();
    const period = Math.max(Math.round(60 / factor), 1);
    try {
      const fluentd = await startFluentd(elasticsearch.receiver.port, {
        APP_LOG_PATH: logFile, FLUENTD_METRICS_PORT: String(metricsPort), FLUENTD_BUFFER_SIZE: '128KB',
        FLUENTD_RETRY_WAIT: String(1 / factor), FLUENTD_RETRY_MAX_INTERVAL: String(60 / factor), FLUENTD_THROTTLE_PERIOD_S: String(period), FLUENTD_THROTTLE_LIMIT: String(10 * period),
      });
      return new LogRoute(fluentd, elasticsearch, elasticsearch.receiver.port);
    } catch (error) {
      await elasticsearch.receiver.stop();
      throw error;
    }
  }

  elasticsearchLeaves(): Promise<void> {
    return this.elasticsearch.receiver.stop();
  }

  elasticsearchReturns(): Promise<void> {
    return this.elasticsearch.receiver.listen(this.port);
  }

  async stop(): Promise<void> {
    await this.fluentd.server.stop();
    await this.elasticsearch.receiver.stop();
    rmSync(this.fluentd.state, { recursive: true, force: true });
  }
}
