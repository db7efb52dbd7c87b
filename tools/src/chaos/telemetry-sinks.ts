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

export async function startSinks(): Promise<TelemetrySinks> {
  const receiver = await Receiver.start();
  const [otlp, sentry] = [await FlakyLink.to(receiver.url), await FlakyLink.to(receiver.url)];
  const dsn = new URL('/1', sentry.url);
  dsn.username = 'key';
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url.replace(/\/$/, ''), OTEL_TRACES_SAMPLER_ARG: '1', SENTRY_DSN: dsn.href, SENTRY_TRACES_SAMPLE_RATE: '1' };
  return { otlp, sentry, receiver, env, stop: async () => void (await Promise.all([otlp.close(), sentry.close(), receiver.stop()])) };
}
