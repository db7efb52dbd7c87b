import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordProcess } from '../stack/pid-file';
import { sweep, testFolder } from './servers';

const children: ChildProcess[] = [];
const folders: string[] = [];

/** A process that stands for an application, with the pid file that one has. */
async function application(...place: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  recordProcess(join(...place, 'run', 'jobs-worker.json'), child.pid as number);
  return child;
}
const alive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

it('ends the applications and replicas of a run that was killed, and none of a run that goes on', async () => {
  const [killed, running] = [testFolder(), testFolder()];
  folders.push(killed, running);
  writeFileSync(join(killed, 'owner.json'), JSON.stringify({ pid: process.pid, birth: 'another boot:1' }));
  const [first, replica, other] = await Promise.all([application(killed), application(killed, 'replica-1'), application(running, 'replica-1')]);
  await sweep();
  await Promise.all([first, replica].map(async (child) => alive(child) && once(child, 'exit')));
  expect([existsSync(killed), existsSync(running), alive(other)]).toEqual([false, true, true]);
}, 30_000);
