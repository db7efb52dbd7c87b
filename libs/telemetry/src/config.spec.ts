import { z } from 'zod';
import { ConfigError, loadConfig, telemetryEnv } from './config';
import { redactText } from './context/redact-text';

const schema = z.object({
  ...telemetryEnv,
  PORT: z.coerce.number({ error: 'must be a port' }).int().min(1).max(65535).default(8000),
  NEEDED: z.string(),
  SIGNING_SECRET: z.string().min(8, 'must be at least 8 characters').default('development-only').meta({ secret: true }),
});
const problems = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(schema, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('loadConfig', () => {
  it('fills defaults and converts', () => {
    expect(loadConfig(schema, { NEEDED: 'x', PORT: '81', OTEL_EXPORTER_INSECURE: 'true' })).toMatchObject({ PORT: 81, APP_ENV: 'development', LOG_LEVEL: 'info', OTEL_EXPORTER_INSECURE: true, SENTRY_TRACES_SAMPLE_RATE: 0.1 });
  });

  it('names every problem at once, one line each', () => {
    expect(problems({ PORT: 'eighty', SENTRY_TRACES_SAMPLE_RATE: '1.5', SENTRY_PROFILES_SAMPLE_RATE: '-1', LOG_LEVEL: 'loud' })).toEqual([
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
      'SENTRY_TRACES_SAMPLE_RATE: must be a number from 0.0 to 1.0',
      'SENTRY_PROFILES_SAMPLE_RATE: must be a number from 0.0 to 1.0',
      'PORT: must be a port',
      'NEEDED: is required',
    ]);
  });

  it.each(['typeorm', 'typeorm=loud', 'typeorm=warn,', 'typeorm=warn;bullmq=debug', 'typeorm=warning'])('refuses LOG_LEVELS=%s', (given) => {
    expect(problems({ NEEDED: 'x', LOG_LEVELS: given })).toEqual([expect.stringMatching(/^LOG_LEVELS: must look like typeorm=warn,bullmq=debug, with levels of trace, /)]);
    expect(problems({ NEEDED: 'x', LOG_LEVELS: 'typeorm=warn,@nestjs/core=debug' })).toEqual([]);
  });

  it('takes an empty string for unset', () => {
    expect(problems({ NEEDED: '', PORT: '' })).toEqual(['NEEDED: is required']);
  });

  it('never repeats a value', () => {
    const lines = problems({ NEEDED: 'x', SIGNING_SECRET: 'hunter2', SENTRY_DSN: 'not-a-dsn-hunter2', OPS_TOKEN: 'hunter2' });
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain('hunter2');
  });

  it.each([[{}], [{ SIGNING_SECRET: 'development-only' }], [{ SIGNING_SECRET: '' }]])('refuses the default of a secret in production: %j', (given) => {
    const expected = 'SIGNING_SECRET: must not keep its default in production';
    expect(problems({ NEEDED: 'x', APP_ENV: 'production', ...given })).toEqual([expected]);
    expect(problems({ NEEDED: 'x', APP_ENV: 'staging', ...given })).toEqual([]);
  });

  it('refuses a published password in production, in whatever address', () => {
    const SIGNING_SECRET = 'postgres://analytics:development-only@postgresql:5432/shadower';
    expect(problems({ NEEDED: 'x', APP_ENV: 'production', SIGNING_SECRET })).toEqual(['SIGNING_SECRET: must not hold a password of the trial in production']);
    expect(problems({ NEEDED: 'x', APP_ENV: 'development', SIGNING_SECRET })).toEqual([]);
  });

  it('makes the values of secrets unspeakable', () => {
    loadConfig(schema, { NEEDED: 'x', SIGNING_SECRET: 'a-very-own-value' });
    expect(redactText('connected with a-very-own-value')).toBe('connected with [redacted]');
  });
});
