import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '@shadower/telemetry';
import { z } from 'zod';
import { ROOT } from '../stack/paths';
import { loadEnvironments } from './load-environments';
import { renderEnvExample } from './render-env-example';

const environments = loadEnvironments('src');
const committed = readFileSync(join(ROOT, '.env.example'), 'utf8');

it('.env.example is what the env schemas say (node tools/run.mjs env-example)', () => {
  expect(committed).toBe(renderEnvExample(environments));
});

it('every variable says what it is for', () => {
  const mute = environments.flatMap(({ app, schema }) => Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, field]) => ({ name: `${app} ${key}`, field })));
  const undescribed = mute.filter(({ field }) => !renderEnvExample([{ app: 'x', schema: z.object({ KEY: field }) }]).match(/\n# \S.*\n/g)?.length);
  expect(undescribed.map(({ name }) => name)).toEqual([]);
});

/** Any text is right for these. */
const FREE = new Set(['HOST', 'AUTH_ISSUER', 'AUTH_AUDIENCE']);
/** Too short or of another kind, too long, too small. */
const WRONG = ['hunter2', 'hunter2 '.repeat(20), '-1', '1e400'];

it.each(environments.flatMap(({ app, schema }) => Object.keys(schema.shape as object).filter((key) => !FREE.has(key)).map((key) => [app, key, schema] as const)))('%s refuses a wrong %s, names it, and does not show the value', (_app, key, schema) => {
  const problems = WRONG.flatMap((value) => {
    try {
      loadConfig(schema, { [key]: value });
      return [];
    } catch (error) {
      return [(error as ConfigError).problems];
    }
  });
  expect(problems.length).toBeGreaterThan(0);
  for (const lines of problems) {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${key}[:.]`));
    expect(lines[0]).not.toContain('hunter2');
  }
});

it('used as it is, it changes nothing and sets no secret', () => {
  const set = Object.fromEntries(committed.split('\n').filter((line) => /^[A-Z]/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== ''));
  for (const { schema } of environments) {
    expect(schema.parse(given)).toEqual(schema.parse({}));
  }
});

it('shows a default, hides a secret, and does not set what differs between applications', () => {
  const field = (fallback: number) => z.coerce.number().default(fallback).meta({ description: 'a port' });
  const secret = z.string().default('hunter2').meta({ description: 'a key', secret: true });
  const text = renderEnvExample([
    { app: 'a', schema: z.object({ PORT: field(1), SAME: z.string().default('x').meta({ description: 'same' }), SECRET: secret }) },
    { app: 'b', schema: z.object({ PORT: field(2), SAME: z.string().default('x').meta({ description: 'same' }) }) },
  ]);
  expect(text).toContain('# same\nSAME=x\n');
  expect(text).toContain('# PORT=1 in a\n# PORT=2 in b\n');
  expect(text).not.toMatch(/^PORT=/m);
  expect(text).toContain('# read by a\n# secret: empty means a default for development, which production refuses\nSECRET=\n');
  expect(text).not.toContain('hunter2');
});
