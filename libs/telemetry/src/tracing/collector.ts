import type { TelemetryEnv } from '../config';

type Settings = Pick<TelemetryEnv, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_INSECURE' | 'OTEL_EXPORTER_OTLP_INSECURE'>;

/**
 * The collector's URL. gRPC exporters take `localhost:4317` for TLS and then fail without a word,
 * so the scheme is always made explicit: plain text only where the environment says so.
 */
export function collector(env: Settings): { url: string } | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return undefined;
  if (/^[a-z]+:\/\//i.test(endpoint)) return { url: endpoint };
  const scheme = env.OTEL_EXPORTER_INSECURE || env.OTEL_EXPORTER_OTLP_INSECURE ? 'http' : 'https';
  return { url: `${scheme}://${endpoint}` };
}
