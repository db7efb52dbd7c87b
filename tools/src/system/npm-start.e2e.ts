import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/paths';
import { recordedProcess } from '../stack/pid-file';
import { APP_NAMES, runningStack } from '../stack/running-stack';
import { until } from '../stack/until';
import { executionEvent, request } from '../testing/json-request';
import { testFolder } from '../testing/servers';

const dataDir = testFolder();
const children: ChildProcess[] = [];

/** The command behind `npm start`, as tools/run.mjs starts it; installing and building is run.mjs's part and has its own test. */
function start(): { child: ChildProcess; output: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [join(ROOT, 'tools', 'dist', 'start', 'main.js'), '--data', dataDir], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += String(data)));
  return { child, output: () => text, exit: new Promise((resolve) => child.once('exit', resolve)) };
}

async function started(): Promise<ReturnType<typeof start>> {
  const run = start();
  const ready = await until(() => (run.output().includes('is ready') || run.child.exitCode !== null ? true : undefined), 90_000, 100);
  if (!ready || run.child.exitCode !== null) throw new Error(run.output());
  return run;
}

/** Processes that work in or for the data folder, by Linux's tables; a process that is gone has none. */
function leftOver(): string[] {
  const about = (pid: string): string => {
    try {
      return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} ${readlinkSync(`/proc/${pid}/cwd`)}`;
    } catch {
      return '';
    }
  };
  const recorded = APP_NAMES.filter((name) => recordedProcess(join(dataDir, 'run', `${name}.json`)));
  return [...recorded, ...readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(about).filter((line) => line.includes(dataDir))];
}

const curl = (line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const shell = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    shell.stdout.on('data', (data) => (text += String(data)));
    shell.once('error', reject);
    shell.once('close', () => resolve(text));
  });
const eventsOf = (text: string): number => (JSON.parse(text) as { totals: { events: number } }).totals.events;
const curls = (output: string): string[] => output.split('\n').filter((line) => line.startsWith('curl '));

afterAll(async () => {
  for (const child of children) child.kill('SIGTERM');
  await until(() => (leftOver().length === 0 ? true : undefined), 30_000, 200);
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

it('prints addresses and lines to paste that work, refuses a second run, and leaves nothing after Ctrl-C', async () => {
  const { child, output, exit } = await started();
  for (const text of ['/docs', '/live', '/metrics', '/health/detailed', 'logs/jobs-worker.log', 'Token: ']) expect(output()).toContain(text);
  const [send = '', ask = ''] = curls(output());
  expect(JSON.parse(await curl(send))).toMatchObject({ accepted: 1 });
  expect(eventsOf(await curl(ask))).toBe(1);

  const second = start();
  expect(await second.exit).toBe(1);
  expect(second.output()).toContain(`already runs here as process ${child.pid}`);

  child.kill('SIGINT');
  expect(await exit).toBe(0);
  expect(leftOver()).toEqual([]);
  expect(runningStack(dataDir)).toBeUndefined();
}, 180_000);

it('starts after kill -9, ends what that left running, and still has the data', async () => {
  const killed = await started();
  killed.child.kill('SIGKILL');
  await killed.exit;
  expect(leftOver().length).toBeGreaterThanOrEqual(5);

  const { child, output, exit } = await started();
  expect(eventsOf(await curl(curls(output())[1] ?? ''))).toBe(1);
  const { urls } = runningStack(dataDir) as { urls: Record<string, string> };
  const token = /\n(ey[\w.-]+)\n/.exec(output())?.[1];
  expect((await request(`${urls['analytics-api']}/api/v1/workspaces/demo/events`, { method: 'POST', token, body: { events: [executionEvent('after-kill')] } })).status).toBe(200);
  child.disconnect();
  expect(await exit).toBe(0);
  expect(leftOver()).toEqual([]);
}, 240_000);

it('says which application died, with its last lines, and ends the rest with it', async () => {
  const { output, exit } = await started();
  process.kill(recordedProcess(join(dataDir, 'run', 'jobs-worker.json'))?.pid as number, 'SIGKILL');
  expect(await exit).toBe(1);
  expect(output()).toContain('jobs-worker was ended by SIGKILL');
  expect(output()).toContain('"service":"jobs-worker"');
  expect(leftOver()).toEqual([]);
}, 180_000);
