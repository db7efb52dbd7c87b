/**
 * Makes package-lock.json one that `npm ci` takes anywhere. npm leaves out optional packages of other platforms when the
 * registry that it asked does not have them, and refuses such a lock file elsewhere; and it writes the addresses of the
 * registry that it happened to ask. To be run after every `npm install` (`npm run lock`): `.npmrc` keeps npm from running scripts itself. `--check` changes nothing.
 *
 * node tools/complete-lock.mjs [--check] [FILE]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const SYSTEMS = ['darwin', 'freebsd', 'openbsd', 'netbsd', 'android', 'openharmony', 'openwall', 'linux', 'sunos', 'aix', 'win32'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

/** The platform that a package is for, by its name; `none` is never installed. */
function platformOf(name) {
  const words = name.replace('windows', 'win32').replace('ppc64le', 'ppc64').split(/[-/]/);
  return { os: [SYSTEMS.find((system) => words.includes(system)) ?? 'none'], cpu: [PROCESSORS.find((processor) => words.includes(processor)) ?? 'none'] };
}

/** Where Node.js would look for a dependency of the package at `place`, nearest first. */
function places(place, name) {
  const found = [];
  for (let folder = place; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    found.push(`${folder}${folder && '/'}node_modules/${name}`);
    if (!folder) return found;
    if (!folder.includes('/node_modules/')) return [...found, `node_modules/${name}`];
  }
}

/** Adds what is missing. Returns what was wrong, a line each. */
export function completeLock(lock) {
  const problems = [];
  const { packages } = lock;
  for (const [place, entry] of Object.entries(packages)) {
    if (entry.resolved && !entry.link) {
      problems.push(`${place}: a download address`);
      delete entry.resolved;
    }
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const version = range.replace(/^[\^~]/, '');
      const exact = version === range;
      const present = places(place, name).find((candidate) => packages[candidate]);
      if (present && (!exact || packages[present].version === version || packages[present].link)) continue;
      problems.push(`${place}: without its optional ${name}@${version}`);
      packages[present ? `${place}/node_modules/${name}` : `node_modules/${name}`] = { version, optional: true, ...platformOf(name) };
    }
  }
  const byPlace = ([a], [b]) => a.localeCompare(b, 'en');
  lock.packages = Object.fromEntries(Object.entries(packages).sort(byPlace));
  return problems;
}

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean', default: false } }, allowPositionals: true });
const file = positionals[0] ?? join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const problems = completeLock(lock);
if (values.check) {
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} else if (problems.length > 0) {
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${problems.length} completed or cleaned`);
}
