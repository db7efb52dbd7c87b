import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, loadConfig } from './config';
import { readSecretFiles } from './secret-files';

describe('secrets from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-files-'));
  const file = join(folder, 'token');
  const schema = z.object({ TOKEN: z.string().min(8).default('development').meta({ secret: true }), PORT: z.coerce.number().default(1) });
  writeFileSync(file, 'from-the-file\n');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads NAME_FILE into NAME, without its last line break', () => {
    expect(loadConfig(schema, { TOKEN_FILE: file, APP_ENV: 'production' })).toEqual({ TOKEN: 'from-the-file', PORT: 1 });
  });

  it('looks for the names of the schema only', () => {
    expect(readSecretFiles({ OTHER_FILE: '/nowhere' }, ['TOKEN'])).toEqual({ env: { OTHER_FILE: '/nowhere' }, problems: [] });
  });

  it.each([
    [{ TOKEN_FILE: '/nowhere/token' }, 'TOKEN_FILE: cannot be read (ENOENT)'],
    [{ TOKEN_FILE: '/nowhere/token', TOKEN: 'given-as-well' }, 'TOKEN_FILE: must not be set beside TOKEN'],
  ])('reports %j with the other problems', (env, problem) => {
    expect(() => loadConfig(schema, { ...env, PORT: 'x' })).toThrow(ConfigError);
    expect(() => loadConfig(schema, { ...env, PORT: 'x' })).toThrow(problem);
    expect(() => loadConfig(schema, { ...env, PORT: 'x' })).toThrow(/PORT:/);
  });

  it('counts an empty file as unset', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');
    expect(loadConfig(schema, { TOKEN_FILE: empty }).TOKEN).toBe('development');
  });
});
