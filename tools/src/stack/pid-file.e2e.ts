import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endRecorded, recordedProcess, recordProcess } from './pid-file';
import { processBirth } from './process-birth';

const folder = mkdtempSync(join(tmpdir(), 'shadower-pid-'));
const file = join(folder, 'child.json');
const children: ChildProcess[] = [];

const sleeper = (script = 'setInterval(() => 0, 1000)'): ChildProcess => {
  const child = spawn(process.execPath, ['-e', `${script}; process.stdout.write('up')`], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return child;
};
const up = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.stdout?.once('data', resolve));

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('ends the recorded process', async () => {
  const child = sleeper();
  await up(child);
  recordProcess(file, child.pid as number);
  expect(await endRecorded(file, 'SIGTERM', 2_000)).toMatchObject({ pid: child.pid });
  expect(processBirth(child.pid as number)).toBeUndefined();
  expect(recordedProcess(file)).toBeUndefined();
});

it('ends one that does not listen to SIGTERM', async () => {
  const child = sleeper("process.on('SIGTERM', () => 0); setInterval(() => 0, 1000)");
  await up(child);
  recordProcess(file, child.pid as number);
  await endRecorded(file, 'SIGTERM', 200);
  expect(processBirth(child.pid as number)).toBeUndefined();
});

it('never touches a stranger that got the number of a dead process', async () => {
  const stranger = sleeper();
  await up(stranger);
  writeFileSync(file, JSON.stringify({ pid: stranger.pid, birth: 'another boot:1' }));
  expect(await endRecorded(file, 'SIGTERM', 200)).toBeUndefined();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

it('takes a broken or missing file for no process', async () => {
  writeFileSync(file, '{');
  expect(await endRecorded(file, 'SIGTERM', 200)).toBeUndefined();
  expect(await endRecorded(join(folder, 'missing.json'), 'SIGTERM', 200)).toBeUndefined();
});
