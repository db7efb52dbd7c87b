import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { processBirth } from '../stack/process-birth';
import { until } from '../stack/until';

/** A checkout with tools/run.mjs and nothing else: its npm and tsc only write down that they were called. */
const root = mkdtempSync(join(tmpdir(), 'shadower-run-'));
const calls = join(root, 'calls');
const children: ChildProcess[] = [];

function put(path: string, text: string, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function run(command: string, ...args: string[]): { child: ChildProcess; exit: Promise<number | null>; output: () => string } {
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, HOME: process.env.HOME };
  const child = spawn(process.execPath, [join(root, 'tools', 'run.mjs'), command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  return { child, exit: new Promise((resolve) => child.once('close', resolve)), output: () => text };
}
/** A lock file with one package that must be there, and some that another machine gets. */
function lockOf(version: string): string {
  const elsewhere = [{ os: ['no-such-system'] }, { os: 'no-such-system' }, { os: [`!${process.platform}`] }, { cpu: ['no-such-processor'] }, { libc: ['none'] }];
  const others = elsewhere.map((where, index) => [`node_modules/other-${index}`, { version, optional: true, ...where }]);
  return JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: 'sha512-a' }, ...Object.fromEntries(others) } });
}
const called = (): string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);

beforeAll(() => {
  mkdirSync(join(root, 'tools', 'src'), { recursive: true });
  copyFileSync(join(ROOT, 'tools', 'run.mjs'), join(root, 'tools', 'run.mjs'));
  put('.nvmrc', readFileSync(join(ROOT, '.nvmrc'), 'utf8'));
  put('package-lock.json', lockOf('1.0.0'));
  put('tsconfig.base.json', '{}');
  for (const project of ['apps/one', 'libs/two', 'tools']) put(`${project}/tsconfig.json`, '{}');
  put('apps/one/src/main.ts', 'export {};');
  put('libs/two/src/index.ts', 'export {};');
  put('bin/npm', `#!/bin/sh\necho "npm $*" >> ${calls}\nmkdir -p ${root}/node_modules/.bin\ncp ${root}/tsc ${root}/node_modules/.bin/tsc\n`, 0o755);
  put('tsc', `#!/bin/sh\necho "tsc $*" >> ${calls}\nmkdir -p ${root}/apps/one/dist ${root}/libs/two/dist\n`, 0o755);
  put('tools/dist/answer/main.js', "console.log('arguments', process.argv.slice(2).join(' ')); process.exitCode = 7;");
  put('tools/dist/stay/main.js', "process.on('SIGTERM', () => process.exit(5)); process.on('disconnect', () => process.exit(0)); setInterval(() => 0, 1000); console.log('pid', process.pid);");
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

it('installs and builds the first time, passes arguments on, and ends as the command does', async () => {
  const { exit, output } = run('answer', '--some', 'thing');
  expect(await exit).toBe(7);
  expect(output()).toContain('arguments --some thing');
  expect(called()).toEqual([expect.stringMatching(/^npm ci --ignore-scripts /), expect.stringMatching(/^tsc --build .*apps\/one/)]);
});

it('does neither again while nothing changed, and each when its input did', async () => {
  const before = called().length;
  await run('answer').exit;
  expect(called().slice(before)).toEqual([]);
  put('libs/two/src/index.ts', 'export const changed = true;');
  await run('answer').exit;
  expect(called().slice(before)).toEqual([expect.stringMatching(/^tsc /)]);
  put('package-lock.json', lockOf('2.0.0'));
  await run('answer').exit;
  expect(called().slice(before + 1)).toEqual([expect.stringMatching(/^npm ci /), expect.stringMatching(/^tsc /)]);
});

it('takes what somebody installed by hand, by npm\'s own record, and installs anew when that is of another lock file', async () => {
  const before = called().length;
  const installedBy = (packages: object): void => {
    rmSync(join(root, 'node_modules', '.shadower-installed'));
    put('node_modules/.package-lock.json', JSON.stringify({ packages }));
  };
  installedBy({ 'node_modules/a': { version: '2.0.0', integrity: 'sha512-a' } });
  await run('answer').exit;
  expect(called().slice(before)).toEqual([]);
  for (const other of [{}, { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } }, { 'node_modules/a': { version: '2.0.0', integrity: 'sha512-b' } }]) {
    installedBy(other);
    await run('answer').exit;
  }
  expect(called().slice(before)).toEqual(Array(3).fill(expect.stringMatching(/^npm ci /)));
});

it('builds nothing for a test that changed', async () => {
  const before = called().length;
  put('libs/two/src/index.spec.ts', 'export {};');
  await run('answer').exit;
  expect(called().slice(before)).toEqual([]);
});

it('passes a signal on', async () => {
  const { child, exit, output } = run('stay');
  await until(() => (output().includes('pid') ? true : undefined), 20_000);
  child.kill('SIGTERM');
  expect(await exit).toBe(5);
});

it('takes its command along when it is killed', async () => {
  const { child, output } = run('stay');
  await until(() => (output().includes('pid') ? true : undefined), 20_000);
  const pid = Number(/pid (\d+)/.exec(output())?.[1]);
  child.kill('SIGKILL');
  expect(await until(() => (processBirth(pid) === undefined ? true : undefined), 10_000)).toBe(true);
});

it('names the commands that there are', async () => {
  const { exit, output } = run('nonsense');
  expect(await exit).toBe(1);
  expect(output()).toContain('commands: answer, stay');
});
