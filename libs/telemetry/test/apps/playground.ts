/* eslint-disable @nx/enforce-module-boundaries, no-restricted-properties -- this stands for an app outside of the repository */
import '@shadower/telemetry/start';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Injectable, Logger, Module, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { addBreadcrumb, addSpanAttributes, bootstrap, captureException, counter, currentContext, getLogger, HealthRegistry, runJob, runSocketMessage, setUserContext, TelemetryModule, TraceOperation } from '@shadower/telemetry';

const logger = getLogger('playground');
const expected = (): Error => Object.assign(new Error('try later'), { expected: true, status: 503, code: 'unavailable', title: 'Not now', detail: 'try later', retryAfterMs: 1_500 });

/** Leaks a secret in every way that careless code knows; what comes of it is looked for in every signal. */
function leak(secret: string): never {
  const fields = { password: secret, deep: [{ headers: { authorization: `Bearer ${secret}`, cookie: secret } }], url: `https://user:${secret}@host/x?api_key=${secret}` };
  logger.warn({ ...fields, token: { nested: secret } }, `postgres://app:${secret}@db/x password=${secret} {"secret":"${secret}"} Authorization: Basic ${secret}`);
  new Logger('Careless').warn({ api_key: secret });
  addSpanAttributes({ 'app.token': secret, 'app.url': `redis://:${secret}@host`, 'app.mail': `${secret}@example.com` });
  addBreadcrumb({ category: 'careless', message: `token=${secret}`, data: { cookie: secret } });
  throw new Error(`cannot reach amqp://u:${secret}@host`, { cause: new Error('inner', { cause: Object.assign(new Error(`secret: "${secret}"`), { detail: secret }) }) });
}

@Injectable()
class Operations {
  @TraceOperation('calculate')
  async calculate(given: string): Promise<number> {
    await Promise.resolve();
    addSpanAttributes({ size: given.length });
    return given.length;
  }

  @TraceOperation('fail')
  fail(): never {
    throw new TypeError('operation failed');
  }
}

@Controller('play')
class PlayController {
  private readonly nest = new Logger('PlayNest');
  constructor(private readonly operations: Operations) {}

  @Get('ok')
  async ok(): Promise<{ size: number }> {
    setUserContext({ id: 'user-1', workspace_id: 'ws-1' });
    logger.info({ step: 1 }, 'from our logger');
    this.nest.log('from the logger of Nest');
    return { size: await this.operations.calculate('not recorded') };
  }

  @Post('echo')
  echo(@Body() body: unknown): unknown {
    logger.info({}, 'body read');
    return { body, context: currentContext() };
  }

  @Get('boom')
  boom(): never {
    setUserContext({ id: 'user-2', workspace_id: 'ws-2' });
    addBreadcrumb({ category: 'play', message: 'about to fail' });
    return this.operations.fail();
  }

  @Get('expected')
  expected(): never {
    throw expected();
  }

  @Post('leak')
  leak(@Body() body: { secret: string }): never {
    return leak(body.secret);
  }

  @Get('env-leak')
  envLeak(): never {
    throw new Error(`started with ${process.env.SENTRY_DSN} and ${process.env.OPS_TOKEN}`);
  }

  @Get('caught')
  caught(): string {
    captureException(new RangeError('caught and reported'), { workspace_id: 'ws-3' });
    captureException(expected());
    return 'ok';
  }

  @Get('spend/:workspace')
  spend(@Param('workspace') workspace_id: string): string {
    counter('analytics_credits_consumed_total').inc({ workspace_id }, 1);
    return 'spent';
  }

  @Get('broken-stream')
  brokenStream(@Query('fail') fail: string): StreamableFile {
    async function* parts(): AsyncGenerator<string> {
      yield 'x'.repeat(70_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (fail === 'never') await new Promise((resolve) => setTimeout(resolve, 5_000));
      throw fail === 'expected' ? expected() : new Error('stream broke');
    }
    return new StreamableFile(Readable.from(parts()));
  }

  @Get('slow/:ms')
  async slow(@Param('ms') ms: string): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return 'slow';
  }

  @Get('job')
  async job(@Query('attempt') attempt: string, @Query('fail') fail: string): Promise<string> {
    const run = { queue: 'rollup', jobType: 'recompute', jobId: 'job-1', attempt: Number(attempt), attemptsMax: 3, context: { request_id: 'from-a-request' } };
    const work = async (): Promise<string> => {
      logger.info({}, 'in the job');
      if (fail === 'expected') throw expected();
      if (fail) throw new Error('job broke');
      return 'done';
    };
    return runJob(run, work).catch(() => 'failed');
  }

  @Get('socket')
  async socket(@Query('type') message_type: string, @Query('fail') fail: string): Promise<string> {
    const trace = { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' };
    const work = async (): Promise<string> => {
      logger.info({}, 'in the message');
      if (fail) throw new Error('message broke');
      return 'sent';
    };
    return runSocketMessage({ connection_id: 'connection-1', user_id: 'user-4', message_type, direction: 'out', trace }, work).catch(() => 'failed');
  }

  @Get('noise/:megabytes')
  noise(@Param('megabytes') megabytes: string): string {
    for (let line = 0; line < Number(megabytes) * 64; line++) logger.info({}, 'n'.repeat(16_384));
    return 'noisy';
  }

  @Get('stray')
  stray(): string {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    return 'bye';
  }
}

@Injectable()
class Dependencies {
  constructor(health: HealthRegistry) {
    health.register({ name: 'store', criticality: 'required', check: async () => ({ rows: 7 }) });
    health.register({ name: 'extra', criticality: 'optional', check: async () => Promise.reject(new Error('password=hunter22')) });
  }
}

@Module({ imports: [TelemetryModule.forRoot()], controllers: [PlayController], providers: [Operations, Dependencies] })
class AppModule {}

void bootstrap(AppModule, { port: Number(process.env.PORT), host: '127.0.0.1' });
