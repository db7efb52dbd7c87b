import { Receiver } from '@shadower/monitoring';
import { FlakyLink } from '@shadower/redis/testing';
import { TraceCollector } from './trace-collector';

/** All traces, all transactions, to an OTLP endpoint and a Sentry of these addresses. */
export function telemetryTo(otlp: string, sentry: string): NodeJS.ProcessEnv {
  const dsn = new URL('/1', sentry);
  dsn.username = 'key';
  return { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.replace(/\/$/, ''), OTEL_TRACES_SAMPLER_ARG: '1', SENTRY_DSN: dsn.href, SENTRY_TRACES_SAMPLE_RATE: '1' };
}

/** A collector and a Sentry that work, each behind a link that can be broken, for one application. */
export class TelemetrySinks {
  private envelopes = 0;

  private constructor(
    private readonly collector: TraceCollector,
    private readonly receiver: Receiver,
    private links: { otlp: FlakyLink; sentry: FlakyLink },
  ) {
    this.take();
  }

  static async start(): Promise<TelemetrySinks> {
    const [collector, receiver] = [await TraceCollector.start(), await Receiver.start()];
    return new TelemetrySinks(collector, receiver, { otlp: await FlakyLink.to(collector.url), sentry: await FlakyLink.to(receiver.url) });
  }

  get otlp(): FlakyLink {
    return this.links.otlp;
  }

  get sentry(): FlakyLink {
    return this.links.sentry;
  }

  get env(): NodeJS.ProcessEnv {
    return telemetryTo(this.otlp.url, this.sentry.url);
  }

  /** How many exports and how many envelopes were taken; what was refused does not count. */
  get taken(): { otlp: number; sentry: number } {
    return { otlp: this.collector.taken, sentry: this.envelopes };
  }

  /** The collector answers UNAVAILABLE, Sentry 500. */
  refuse(): void {
    this.collector.refuses = true;
    this.receiver.answer = () => ({ status: 500, body: 'no' });
  }

  /** Nobody listens on either port any more. */
  async down(): Promise<void> {
    await Promise.all([this.otlp.close(), this.sentry.close()]);
  }

  /** Well again, whatever was done. */
  async mend(): Promise<void> {
    this.take();
    this.links = { otlp: await opened(this.otlp, this.collector.url), sentry: await opened(this.sentry, this.receiver.url) };
  }

  async stop(): Promise<void> {
    await Promise.all([this.otlp.close(), this.sentry.close(), this.receiver.stop()]);
    this.collector.stop();
  }

  private take(): void {
    this.collector.refuses = false;
    this.receiver.answer = () => {
      this.envelopes += 1;
      // It would keep all that ever came.
      this.receiver.received.length = 0;
      return { status: 200, body: '{}' };
    };
  }
}

/** The same link, or another one on its port when it listens no more. */
async function opened(link: FlakyLink, target: string): Promise<FlakyLink> {
  if (!link.listening) return FlakyLink.to(target, link.port);
  link.open();
  return link;
}
