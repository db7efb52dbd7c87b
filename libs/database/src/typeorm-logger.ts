import { getLogger } from '@shadower/telemetry';
import type { Logger } from 'typeorm';

const logger = getLogger('typeorm');

/**
 * What TypeORM has to say, as lines of the logger `typeorm`. By itself it writes plain text to the console, values and all. Nearly all of it is
 * `debug`: an error is thrown besides, and logged by whoever answers for it.
 */
export const typeormLogger: Logger = {
  logQuery: (statement) => logger.debug({ statement }, 'statement'),
  logQueryError: (error, statement) => logger.debug({ err: error, statement }, 'statement failed'),
  logQuerySlow: (duration_ms, statement) => logger.warn({ duration_ms, statement }, 'slow statement'),
  logSchemaBuild: (message) => logger.debug({}, message),
  logMigration: (message) => logger.debug({}, message),
  log: (level, message) => logger[level === 'log' ? 'info' : level]({}, String(message)),
};
