import { freePort } from '../stack/port';
import type { BenchContext } from './bench-context';

/** Starts the collector and the Sentry of the benchmark; gives their ports. */
export async function startReceivers(context: BenchContext): Promise<[otlpPort: number, sentryPort: number]> {
  const otlpPort = await freePort();
  const { port } = await context.subject({ program: 'receivers', label: 'receivers', env: { OTLP_PORT: String(otlpPort) }, readyPath: '/' });
  return [otlpPort, port];
}

/** A tenth of the traces exported, errors reported, no Sentry transactions. */
export const receiverEnv = (otlpPort: number, sentryPort: number): NodeJS.ProcessEnv => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlpPort}`,
  OTEL_TRACES_SAMPLER_ARG: '0.1',
  SENTRY_DSN: `http://public@127.0.0.1:${sentryPort}/1`,
  SENTRY_TRACES_SAMPLE_RATE: '0',
  SENTRY_PROFILES_SAMPLE_RATE: '0',
});
