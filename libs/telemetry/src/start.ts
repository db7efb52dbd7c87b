import 'reflect-metadata';
import { ConfigError, env } from './config';
import { reportUnexpected } from './context/unexpected';
import { flushSentry, startSentry } from './errors/sentry';
import { sentryProcessors } from './errors/sentry-processors';
import { destination, writeWithoutBlocking } from './logging/destination';
import { getLogger } from './logging/logger';
import { beforeExit, flushTelemetry } from './stop';
import { startTracing } from './tracing/start-tracing';

// The order matters: errors before spans, because Sentry's processor needs its client, and both before any library that is traced.
const logger = getLogger('process');
writeWithoutBlocking();
startSentry();
const stopTracing = startTracing(sentryProcessors(), (message) => getLogger('opentelemetry').warn({}, message));
beforeExit(() => stopTracing());
beforeExit((patienceMs) => flushSentry(patienceMs));
process.on('exit', () => destination.flush());

let dying = false;

/** A process in an unknown state must not go on: say why, once, and end. */
function die(error: unknown): void {
  if (dying) return;
  dying = true;
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`, () => process.exit(1));
    return;
  }
  logger.fatal({ err: error }, 'process ends after an error that nobody caught');
  reportUnexpected(error, { endpoint: 'process' });
  void flushTelemetry().finally(() => process.exit(1));
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);

if (env.LOG_LEVEL === 'debug') logger.debug({ endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null }, 'telemetry started');
