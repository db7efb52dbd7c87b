import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { ROOT } from '../stack/paths';
import { processBirth } from '../stack/process-birth';
import { until } from '../stack/until';
import { runGroup } from './run-group';

const folder = mkdtempSync(join(tmpdir(), 'shadower-npm-test-'));
// The account of the database server must come to it.
chmodSync(folder, 0o755);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** `npm test`, as tools/run.mjs starts it. */
function npmTest(sections: string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [join(ROOT, 'tools', 'dist', 'test', 'main.js'), ...sections], { cwd: ROOT, env: { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += String(data)));
  // Not `close`, which does not come after `disconnect`.
  const exit = Promise.all([once(child, 'exit'), ...[child.stdout, child.stderr].map((stream) => once(stream as Readable, 'end'))]);
  return { child, output: () => text, exit: exit.then(([[code]]) => code as number | null) };
}

/** All processes under one, by Linux's tables. */
function descendants(pid: number): number[] {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...descendants(child)]);
}
const alive = (pids: number[]): number[] => pids.filter((pid) => processBirth(pid) !== undefined);

it('ends a program with everything that it started, also what does not listen to SIGTERM', async () => {
  const stop = new AbortController();
  const file = join(folder, 'pids');
  const done = runGroup('/bin/sh', ['-c', `trap '' TERM; sleep 300 & echo $! $$ > ${file}.new; mv ${file}.new ${file}; wait; wait; sleep 300`], stop.signal);
  const pids = await until(() => {
    try {
      return readFileSync(file, 'utf8').trim().split(' ').map(Number);
    } catch {
      return undefined;
    }
  }, 10_000);
  expect(alive(pids ?? [])).toHaveLength(2);
  stop.abort();
  expect(await done).toBe(false);
  expect(await until(() => (alive(pids ?? []).length === 0 ? true : undefined), 5_000)).toBe(true);
}, 40_000);

it.each([
  ['a signal', (child: ChildProcess) => void child.kill('SIGTERM')],
  ['the end of the process that started it', (child: ChildProcess) => child.disconnect()],
])('leaves nothing running after %s, and begins no other section', async (_what, end) => {
  const { child, output, exit } = npmTest(['typecheck', 'unit']);
  const started = await until(() => (output().includes('── typecheck') ? descendants(child.pid as number).at(0) : undefined), 20_000);
  const all = [started as number, ...descendants(started as number)];
  end(child);
  expect(await exit).toBe(1);
  expect(output()).toContain('stopped before the end');
  expect(output()).not.toContain('── unit');
  // Which only end-to-end tests need.
  expect(output()).not.toContain('── set-up');
  expect(await until(() => (alive(all).length === 0 ? true : undefined), 5_000)).toBe(true);
}, 60_000);

it('says what an end-to-end test lacks as the failure of one section, with a summary, and leaves nothing running', async () => {
  // No browser, no Redis and no apt-get.
  symlinkSync(dirname(process.execPath), join(folder, 'bin'));
  const { output, exit } = npmTest(['e2e'], { PATH: join(folder, 'bin'), TMPDIR: folder });
  expect(await exit).toBe(1);
  expect(output()).toContain('set REDIS_URL to a Redis');
  expect(output()).toMatch(/✗ set-up[^]*✗ e2e[^]*0 passed, 2 failed/);
  expect(readdirSync(folder).filter((name) => name.startsWith('shadower-test-'))).toEqual([]);
}, 120_000);

it('says which sections there are', async () => {
  const { output, exit } = npmTest(['nonsense']);
  expect(await exit).toBe(1);
  expect(output().trim()).toBe('no such section: nonsense (sections: lint, typecheck, unit, e2e)');
}, 30_000);
