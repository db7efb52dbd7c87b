import { Logger as NestLogger } from 'nestjs-pino';
import { PinoLogger } from 'nestjs-pino';
import { runInContext } from '../context/request-context';
import { captureLogs } from '../testing/capture-logs';
import { getLogger, rootLogger } from './logger';

describe('a log line', () => {
  let logs: ReturnType<typeof captureLogs>;
  beforeEach(() => void (logs = captureLogs()));
  afterEach(() => logs.stop());

  it('has the fixed fields, the fields of its context and its own', () => {
    runInContext({ request_id: 'r', workspace_id: 'w' }, () => getLogger('billing').info({ invoice_id: 5 }, 'invoice sent'));
    expect(logs.lines).toEqual([{ level: 'info', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/), service: expect.any(String), environment: 'development', version: expect.any(String), logger: 'billing', request_id: 'r', workspace_id: 'w', invoice_id: 5, message: 'invoice sent' }]);
  });

  it('shows an error with its causes', () => {
    getLogger('billing').error({ err: new TypeError('outer', { cause: new Error('inner') }) }, 'failed');
    expect(logs.lines[0]?.['error']).toMatchObject({ type: 'TypeError', message: 'outer', stack: expect.stringContaining('logger.spec'), cause: { type: 'Error', message: 'inner' } });
    expect(logs.lines[0]).not.toHaveProperty('err');
  });

  it('hides secrets in fields, messages, child bindings and errors', () => {
    const logger = getLogger('billing').child({ api_key: 'hunter22' });
    logger.warn({ headers: { cookie: 'hunter22' }, err: new Error('postgres://a:hunter22@b') }, 'token=hunter22 %s', 'password=hunter22');
    expect(JSON.stringify(logs.lines)).not.toContain('hunter22');
    expect(logs.lines[0]?.message).toBe('token=[redacted] password=[redacted]');
  });

  it('has a message without secrets, also when none was given', () => {
    const logger = getLogger('billing');
    const nest = new NestLogger(new PinoLogger({ pinoHttp: { logger: rootLogger } }), { renameContext: 'logger' });
    logger.error({ err: new Error('cannot reach redis://:hunter22@cache') });
    logger.error(new Error('password=hunter22'));
    logger.error({ error: new Error('password=hunter22') });
    logger.error({ err: { message: 'password=hunter22' } });
    nest.error(new Error('password=hunter22'), 'AppService');
    logger.info({ rows: 1 });
    logger.info(null);
    logger.info({ message: 'from a field', err: new Error('password=hunter22') });
    expect(JSON.stringify(logs.lines)).not.toContain('hunter22');
    expect(logs.lines.map(({ message }) => message)).toEqual(['cannot reach redis://[redacted]@cache', ...Array<string>(4).fill('password=[redacted]'), '', '', 'from a field']);
  });

  it('cannot be forged by what it quotes: one line stays one line', () => {
    getLogger('billing').info({ name: 'a\n{"level":"fatal"}' }, 'x\r\n\u001b[31mred');
    expect(logs.lines).toHaveLength(1);
    expect(logs.lines[0]).toMatchObject({ level: 'info', name: 'a\n{"level":"fatal"}' });
  });

  it('of Nest has the name of its class as logger', () => {
    const nest = new NestLogger(new PinoLogger({ pinoHttp: { logger: rootLogger } }), { renameContext: 'logger' });
    nest.log('hello', 'AppService');
    nest.log('no name');
    expect(logs.lines.map(({ logger, message }) => [logger, message])).toEqual([['AppService', 'hello'], ['nest', 'no name']]);
  });
});

describe('LOG_LEVELS', () => {
  it('sets levels of single loggers, those of Nest included', () => {
    process.env.LOG_LEVELS = 'chatty=debug,quiet=error,mute=silent,NestThing=warn,NestMute=silent,NestChatty=debug';
    process.env.LOG_LEVEL = 'info';
    jest.isolateModules(() => {
      const { getLogger: get, rootLogger: root } = jest.requireActual<typeof import('./logger')>('./logger');
      const { redirect } = jest.requireActual<typeof import('./destination')>('./destination');
      const lines: string[] = [];
      redirect({ write: (line) => void lines.push((JSON.parse(line) as { message: string }).message), flush: () => undefined });
      get('chatty').debug({}, 'chatty debug');
      get('quiet').warn({}, 'quiet warn');
      get('quiet').error({}, 'quiet error');
      get('mute').fatal({}, 'mute fatal');
      get('usual').debug({}, 'usual debug');
      root.info({ logger: 'NestThing' }, 'nest info');
      root.warn({ logger: 'NestThing' }, 'nest warn');
      root.fatal({ logger: 'NestMute' }, 'nest fatal');
      root.debug({ logger: 'NestChatty' }, 'nest debug');
      root.debug({ logger: 'NestUsual' }, 'nest usual debug');
      root.debug('nest without a name');
      expect(lines).toEqual(['chatty debug', 'quiet error', 'nest warn', 'nest debug']);
    });
    delete process.env.LOG_LEVELS;
    delete process.env.LOG_LEVEL;
  });
});
