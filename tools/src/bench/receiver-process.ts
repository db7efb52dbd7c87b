import { join } from 'node:path';
import { OwnedChild } from '../stack/owned-child';
import { freePort } from '../stack/port';
import { until } from '../stack/until';

/** The collector and the Sentry of the benchmark, in a process of their own, so that their CPU time is nobody else's. */
export class ReceiverProcess {
  private constructor(
    private readonly child: OwnedChild,
    private readonly otlpPort: number,
    private readonly sentryPort: number,
  ) {}

  static async start(folder: string): Promise<ReceiverProcess> {
    const [otlp, sentry] = [await freePort(), await freePort()];
    const child = OwnedChild.spawn({ file: process.execPath, args: [join(__dirname, 'receivers.js'), String(otlp), String(sentry)], logFile: join(folder, 'receivers.log') });
    const up = await until(() => fetch(`http://127.0.0.1:${sentry}/`).then((answer) => answer.ok || undefined, () => undefined), 10_000, 50);
    if (!up) throw new Error(`the receivers did not start\n${child.lastLines()}`);
    return new ReceiverProcess(child, otlp, sentry);
  }

  /** Telemetry with everything on: a tenth of the traces exported over OTLP/gRPC, errors reported; `transactions` is Sentry's share of traces. */
  env(transactions = 0): NodeJS.ProcessEnv {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.otlpPort}`,
      OTEL_TRACES_SAMPLER_ARG: '0.1',
      SENTRY_DSN: `http://public@127.0.0.1:${this.sentryPort}/1`,
      SENTRY_TRACES_SAMPLE_RATE: String(transactions),
      SENTRY_PROFILES_SAMPLE_RATE: '0',
    };
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM', 2_000);
  }
}
