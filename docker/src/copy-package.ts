import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Typings, source maps and prose: nothing of it runs. Licences stay. */
const UNUSED = /(\.map|\.ts|\.mts|\.cts|\.tsbuildinfo|\.flow|\.spec\.js|\.e2e\.js)$|^(?!licen[cs]e|copying|notice).*\.(md|markdown)$/i;
/** `browser` of typeorm is its other build; the rest is what packages carry for their own developers. */
const UNUSED_FOLDERS = new Set(['node_modules', 'test', 'tests', '__tests__', 'docs', 'example', 'examples', '.github', 'browser']);
/** Of a workspace project only what was built counts, and `public`: what it serves as it is. */
const PROJECT = /^(apps|libs)\/[^/]+$/;

/** Copies what runs of one package, from the repository `root` to `target`, with modes that do not depend on who copied. */
export function copyPackage(root: string, target: string, path: string): void {
  if (PROJECT.test(path)) {
    const built = join(root, path, 'dist');
    if (!existsSync(built)) throw new Error(`${path} is not built`);
    mkdirSync(join(target, path), { recursive: true });
    copyFile(join(root, path, 'package.json'), join(target, path, 'package.json'));
    copyFolder(built, join(target, path, 'dist'), new Set(['testing', 'node_modules']));
    if (existsSync(join(root, path, 'public'))) copyFolder(join(root, path, 'public'), join(target, path, 'public'), new Set());
  } else copyFolder(join(root, path), join(target, path), UNUSED_FOLDERS);
}

function copyFolder(from: string, to: string, skipped: ReadonlySet<string>): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).sort()) {
    const source = join(from, name);
    const kind = lstatSync(source);
    // Only a package's own folder is searched for what its developers left in it: deeper down a name such as `test` may be code.
    if (kind.isDirectory()) {
      if (!skipped.has(name)) copyFolder(source, join(to, name), new Set(['node_modules']));
    } else if (kind.isFile() && !UNUSED.test(name)) copyFile(source, join(to, name));
  }
}

function copyFile(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o644);
}
