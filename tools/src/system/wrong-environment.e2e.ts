import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess } from '../stack/app-process';
import { freePort } from '../stack/port';
import { APP_NAMES } from '../stack/running-stack';

const dataDir = mkdtempSync(join(tmpdir(), 'shadower-environment-'));
const WRONG = { PATH: process.env.PATH, LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://user:hunter2@localhost/x', REDIS_URL: 'http://localhost', SHUTDOWN_GRACE_MS: 'soon' };

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Processor time of the children that this process has had, in seconds: unlike the wall clock, it does not see what else the machine does. */
function childSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** The promise is 2 s on a machine that does nothing else; a busy one takes more cycles for the same. */
it.each(APP_NAMES)('%s ends at once with one line a problem, and shows no secret', async (name) => {
  const began = childSeconds();
  const app = AppProcess.spawn({ name, dataDir, env: WRONG }, await freePort());
  expect(await app.exit).toBe('exited with code 1');
  expect(childSeconds() - began).toBeLessThan(3);
  const output = readFileSync(app.logFile, 'utf8');
  const problems = output.split('\n').filter((line) => /^\s*[A-Z_]+: /.test(line));
  expect(problems.map((line) => line.trim().split(':')[0]).sort()).toEqual(['DATABASE_URL', 'LOG_LEVEL', 'REDIS_URL', 'SHUTDOWN_GRACE_MS']);
  expect(output).not.toContain('hunter2');
  expect(output).not.toMatch(/^\s+at /m);
}, 60_000);

it.each(APP_NAMES)('%s refuses every secret of a demonstration in production', async (name) => {
  const app = AppProcess.spawn({ name, dataDir, env: { PATH: process.env.PATH, APP_ENV: 'production' } }, await freePort());
  expect(await app.exit).toBe('exited with code 1');
  const kept = [...readFileSync(app.logFile, 'utf8').matchAll(/^\s*([A-Z_]+): must not keep its default in production$/gm)].map(([, key]) => key);
  expect(kept.sort()).toEqual([...(name === 'jobs-worker' ? [] : ['AUTH_JWT_SECRET']), 'DATABASE_URL', 'REDIS_URL']);
}, 60_000);
