import { readFileSync } from 'node:fs';

type Env = Record<string, string | undefined>;

/**
 * The environment with every `NAME_FILE` read into `NAME`, as orchestrators mount secrets. A file's last line break is not part of the
 * secret. Only `names` are looked for. What cannot be used is one line each in `problems`, which never holds a value.
 */
export function readSecretFiles(env: Env, names: readonly string[]): { env: Env; problems: string[] } {
  const read: Env = { ...env };
  const problems: string[] = [];
  for (const name of names) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    if (env[name]) problems.push(`${name}_FILE: must not be set beside ${name}`);
    else {
      try {
        read[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        problems.push(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
      }
    }
  }
  return { env: read, problems };
}
