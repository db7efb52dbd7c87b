import { captureLogs } from '@shadower/telemetry/testing';
import { z } from 'zod';
import { databaseEnv } from './config';
import { createDataSource } from './data-source';
import { typeormLogger } from './typeorm-logger';

describe('the lines of TypeORM', () => {
  let logs: ReturnType<typeof captureLogs>;
  beforeEach(() => void (logs = captureLogs()));
  afterEach(() => logs.stop());

  it('are those of every data source', () => {
    createDataSource(z.object(databaseEnv).parse({}), 'test').logger.logQuery('SELECT 1');
    expect(logs.lines.map(({ logger, statement }) => [logger, statement])).toEqual([['typeorm', 'SELECT 1']]);
  });

  it('have its name, a level and no values', () => {
    typeormLogger.logQuery('SELECT $1', ['canary0value']);
    typeormLogger.logQueryError(new Error('no such table'), 'SELECT $1', ['canary0value']);
    typeormLogger.logQuerySlow(1_200, 'SELECT $1', ['canary0value']);
    typeormLogger.logSchemaBuild('1 migration is new');
    typeormLogger.logMigration('Migration "A" failed');
    typeormLogger.log('log', 'said');
    typeormLogger.log('warn', 'warned');
    expect(logs.lines.map(({ logger, level, message }) => [logger, level, message])).toEqual([
      ['typeorm', 'debug', 'statement'],
      ['typeorm', 'debug', 'statement failed'],
      ['typeorm', 'warn', 'slow statement'],
      ['typeorm', 'debug', '1 migration is new'],
      ['typeorm', 'debug', 'Migration "A" failed'],
      ['typeorm', 'info', 'said'],
      ['typeorm', 'warn', 'warned'],
    ]);
    expect(logs.lines[1]).toMatchObject({ statement: 'SELECT $1', error: { message: 'no such table' } });
    expect(JSON.stringify(logs.lines)).not.toContain('canary0value');
  });
});
