import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { isKnownLicence, lockProblems, type LockFile } from './lock-problems';

const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const lock = read('package-lock.json') as LockFile;
const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };

describe('what npm installs', () => {
  it('is named by version, digest and a known licence, and runs no script that nobody decided on', () => {
    expect(lockProblems(lock, allowScripts)).toEqual([]);
  });

  it.each([['linux', 'arm64'], ['darwin', 'arm64']])('is judged alike where it is read, on %s-%s too', (platform, arch) => {
    const own = { platform: Object.getOwnPropertyDescriptor(process, 'platform'), arch: Object.getOwnPropertyDescriptor(process, 'arch') } as Record<string, PropertyDescriptor>;
    Object.defineProperties(process, { platform: { ...own.platform, value: platform }, arch: { ...own.arch, value: arch } });
    try {
      expect(lockProblems(lock, allowScripts)).toEqual([]);
    } finally {
      Object.defineProperties(process, own);
    }
  });

  it('runs no code of its own, whichever npm installs it: older ones know nothing of allowScripts', () => {
    expect(Object.keys(allowScripts).filter((name) => allowScripts[name])).toEqual([]);
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    const commands = ['tools/run.mjs', '.github/workflows/ci.yml', '.github/workflows/images.yml'].map((file) => readFileSync(join(ROOT, file), 'utf8').match(/^.*(run: npm (ci|install)|'npm', \['ci').*$/gm) ?? []);
    expect(commands.map((lines) => lines.length > 0 && lines.every((line) => line.includes('--ignore-scripts')))).toEqual([true, true, true]);
  });

  it('can be listed with licence and digest (CycloneDX)', () => {
    const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
    const bill = JSON.parse(text) as { bomFormat: string; components: { name: string; version: string; licenses?: unknown[] }[] };
    expect(bill.bomFormat).toBe('CycloneDX');
    expect(bill.components.length).toBeGreaterThan(500);
    expect(bill.components.find(({ name }) => name === 'pg')).toMatchObject({ version: lock.packages['node_modules/pg']?.version, licenses: [{ license: { id: 'MIT' } }] });
  });

  it.each([
    ['no digest', { integrity: undefined }, 'pg has no SHA-512'],
    ['a weak digest', { integrity: 'sha1-x' }, 'pg has no SHA-512'],
    ['a branch instead of a version', { version: 'git+ssh://x' }, 'pg is of the version git+ssh://x'],
    ['a licence that nobody read', { license: 'AGPL-3.0' }, 'pg has the licence AGPL-3.0'],
    ['no licence', { license: undefined }, 'pg has the licence undefined'],
    ['a new install script', { hasInstallScript: true }, 'pg has an install script that nobody decided on'],
  ])('would be refused with %s', (_what, change, problem) => {
    const packages = { ...lock.packages, 'node_modules/pg': { ...lock.packages['node_modules/pg'], ...change } };
    expect(lockProblems({ ...lock, packages }, allowScripts)).toEqual([problem]);
  });
});

it.each<[string, boolean]>([
  ['MIT', true],
  ['(MIT OR CC0-1.0)', true],
  ['(GPL-3.0 OR MIT)', true],
  ['Apache-2.0 AND MIT', true],
  ['Apache-2.0 AND GPL-3.0', false],
  ['SEE LICENSE IN FILE', false],
  ['', false],
])('the licence %j is known: %s', (licence, known) => expect(isKnownLicence(licence)).toBe(known));
