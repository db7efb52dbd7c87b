import type { Server } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { collectStartupGarbage } from './collect-startup-garbage';
import { env } from './config';
import { answerClientError } from './entry/answer-client-error';
import { installHttpHooks } from './entry/http-hooks';
import { refuseOtherMethods } from './entry/refuse-other-methods';
import { ProblemFilter } from './entry/problem.filter';
import { answerFrameworkError } from './entry/answer-framework-error';
import { HealthRegistry } from './health/health-registry';
import { getLogger, rootLogger } from './logging/logger';
import { silentConnections } from './silent-connections';
import { flushTelemetry } from './stop';

export interface BootstrapOptions {
  port: number;
  host: string;
  /** The last word before listening: plugins, versioning, the WebSocket adapter. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
  /** Largest body in bytes; Fastify's 1 MiB when left out. */
  bodyLimit?: number;
}

const logger = getLogger('process');
const CLOSE_PATIENCE_MS = 15_000;
/** Slow senders are sent away: who never ends its headers or its body would hold a connection for ever. */
const SLOWEST = { requestTimeout: 60_000, http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 } };
/** Longest part of a path in characters. */
const MAX_PARAM_LENGTH = 1_024;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Makes an app observable and lets it listen. It ends on SIGTERM or SIGINT, in order and with exit code 0. */
export async function bootstrap(module: Type<unknown> | DynamicModule, { port, host, configure, bodyLimit }: BootstrapOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ logger: false, bodyLimit, routerOptions: { maxParamLength: MAX_PARAM_LENGTH }, return503OnClosing: false, trustProxy: false, clientErrorHandler: answerClientError, frameworkErrors: answerFrameworkError, ...SLOWEST });
  let isDraining = () => false;
  // As process 1 of a container a process without a handler ignores SIGTERM: be stoppable from the first moment, also while waiting for a database.
  let stop: (signal: string) => Promise<void> = stopBeforeListening;
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (stopping ??= stop(signal)));
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  installHttpHooks(fastify, () => isDraining());
  refuseOtherMethods(fastify, MAX_PARAM_LENGTH);
  // Not the one that the app provides: a start that fails never gets that far, and Nest would write of it in its own format, secrets included.
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: new NestLogger(new PinoLogger({ pinoHttp: { logger: rootLogger } }), { renameContext: 'logger' }), abortOnError: false });
  app.useGlobalFilters(new ProblemFilter());
  const health = app.get(HealthRegistry);
  isDraining = () => health.phase === 'draining';
  await configure?.(app);
  ignoreExpectations(app.getHttpServer());
  const closeSilent = silentConnections(app.getHttpServer());
  const listening = app.listen(port, host);
  stop = (signal) => shutDown(app, health, signal, { closeSilent, listening });
  await listening;
  collectStartupGarbage();
  // A signal may have come in between.
  if (health.phase === 'starting') health.phase = 'serving';
  logger.info({ address: await app.getUrl() }, 'listening');
  return app;
}

/** A request with an `Expect` that nobody knows is served as if it had none (RFC 9110, 10.1.1); Node would refuse it past all of ours. */
function ignoreExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}

async function stopBeforeListening(signal: string): Promise<void> {
  logger.info({ signal }, 'stopped before listening');
  await flushTelemetry();
  process.exit(0);
}

/**
 * Says "not ready" first, so that balancers stop sending; then lets work end, closes connections and flushes: within 25 s (grace 5, closing 15,
 * flushing 3, the last log lines 1). While the app still starts nobody was sent to it: there is no grace, and what has begun to start ends first.
 */
async function shutDown(app: NestFastifyApplication, health: HealthRegistry, signal: string, { closeSilent, listening }: { closeSilent: () => void; listening: Promise<unknown> }): Promise<void> {
  const served = health.phase === 'serving';
  health.phase = 'draining';
  logger.info({ signal }, 'draining');
  if (served) await sleep(env.SHUTDOWN_GRACE_MS);
  // A kept-alive connection whose last answer ends after this moment would hold the server open until it times out.
  const sweep = setInterval(() => {
    app.getHttpServer().closeIdleConnections();
    closeSilent();
  }, 100);
  // A start that fails ends the process by itself.
  const closed = listening.then(() => app.close()).then(
    () => logger.info({}, 'stopped'),
    (error: unknown) => logger.error({ err: error }, 'closing failed'),
  );
  await Promise.race([closed, sleep(CLOSE_PATIENCE_MS).then(() => logger.warn({}, 'closing took too long'))]);
  clearInterval(sweep);
  await flushTelemetry();
  process.exit(0);
}
