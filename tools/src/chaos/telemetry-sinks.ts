import { Receiver } from '@shadower/monitoring';
import { FlakyLink } from '@shadower/redis/testing';

/** Where an application sends its spans and errors, each by way of a link that can be broken. */
export interface TelemetrySinks {
  otlp: FlakyLink;
  sentry: FlakyLink;
  /** What both answer; they speak HTTP/1, so a collector that refuses is the best that OTLP gets. */
  receiver: Receiver;
  env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** All traces, all transactions, to an OTLP endpoint and a Sentry of these addresses. */
export function telemetryTo(otlp: string, sentry: string): NodeJS.ProcessEnv {
  const dsn = new URL('/1', sentry);
  dsn.username = 'key';
  return { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.replace(/\/$/, ''), OTEL_TRACES_SAMPLER_ARG: '1', SENTRY_DSN: dsn.href, SENTRY_TRACES_SAMPLE_RATE: '1' };
}

export async function startSinks(): Promise<TelemetrySinks> {
  const receiver = await Receiver.start();
  const [otlp, sentry] = [await FlakyLink.to(receiver.url), await FlakyLink.to(receiver.url)];
  return { otlp, sentry, receiver, env: telemetryTo(otlp.url, sentry.url), stop: async () => void (await Promise.all([otlp.close(), sentry.close(), receiver.stop()])) };
}
