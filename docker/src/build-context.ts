import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { App } from './apps';
import { copyPackage } from './copy-package';
import { type Lock, productionTree } from './production-tree';

/** The repository. */
export const ROOT = join(__dirname, '..', '..');

/**
 * Lays out docker/out/<app> anew: the built app, our built libraries and the production dependencies, each at its path in the
 * repository, so that what was tested is what ships; and the lock file cut down to them, for whoever lists or scans them.
 * Needs no network. Answers the folder.
 */
export function buildContext(app: App): string {
  const lockFile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { name: string; version: string; lockfileVersion: number; packages: Lock };
  const target = join(ROOT, 'docker', 'out', app);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const paths = productionTree(lockFile.packages, `node_modules/@shadower/${app}`);
  for (const path of paths) {
    const entry = lockFile.packages[path];
    if (entry?.link) link(target, path, entry.resolved ?? '');
    else copyPackage(ROOT, target, path);
  }
  const root = { name: lockFile.name, version: lockFile.version, private: true, workspaces: paths.filter((path) => /^(apps|libs)\/[^/]+$/.test(path)) };
  const packages = Object.fromEntries(paths.map((path) => [path, lockFile.packages[path]]));
  writeJson(join(target, 'package.json'), root);
  writeJson(join(target, 'package-lock.json'), { name: root.name, version: root.version, lockfileVersion: lockFile.lockfileVersion, requires: true, packages: { '': root, ...packages } });
  copyFileSync(join(ROOT, 'docker', 'healthcheck.js'), join(target, 'healthcheck.js'));
  return target;
}

function link(target: string, path: string, to: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  symlinkSync(relative(dirname(path), to), join(target, path));
}

const writeJson = (path: string, value: unknown) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
