import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiClient } from '../replay/api-client';
import { AppProcess } from '../stack/app-process';
import { ROOT } from '../stack/paths';
import { APP_NAMES } from '../stack/running-stack';
import { freshDatabase, redisDatabase, type TestDatabase } from '../testing';
import { demoToken } from '../token/demo-token';

const run = promisify(execFile);
const PROGRAM = join(ROOT, 'tools', 'dist', 'demo', 'main.js');

// Starts the three built apps and lets the built program run for a while.
jest.setTimeout(90_000);

describe('npm run demo', () => {
  let folder: string;
  let database: TestDatabase;
  const apps: AppProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'demo-'));
    database = await freshDatabase();
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url, REDIS_URL: await redisDatabase(), LOG_LEVEL: 'warn' };
    apps.push(...(await Promise.all(APP_NAMES.map((name) => AppProcess.start({ name, env, dataDir: folder })))));
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fills workspaces through the public API, hears of it live, and ends when its time is over', async () => {
    const [api, , gateway] = apps as [AppProcess, AppProcess, AppProcess];
    const args = ['--url', api.url, '--live', gateway.url, '--rate', '200', '--backfill', '3', '--for', '12', '--workspaces', 'acme,globex'];
    const { stdout } = await run(process.execPath, [PROGRAM, ...args], { env: { PATH: process.env.PATH } });
    const last = stdout.trim().split('\n').at(-1) ?? '';
    const [, events] = /\| ([\d,]+) events/.exec(last) ?? [];
    expect(Number(events?.replaceAll(',', ''))).toBeGreaterThan(1_000);
    expect(last).not.toContain('REJECTED');
    expect(last).toMatch(/\| [1-9][\d,]* live frames$/);
    expect(last).toMatch(/\| [1-9][\d,]* questions/);

    const client = new ApiClient({ url: api.url, token: await demoToken({ workspace: 'acme' }) });
    const { totals } = await client.get<{ totals: Record<string, number> }>('/api/v1/workspaces/acme/overview');
    expect(totals.succeeded).toBeGreaterThan(0);
    expect(totals.failed).toBeGreaterThan(0);
    const { days } = await client.get<{ days: { dau: number; wau: number }[] }>('/api/v1/workspaces/acme/active-users');
    expect(days.at(-2)?.dau).toBeGreaterThan(0);
    expect(days.at(-1)?.wau).toBeGreaterThanOrEqual(days.at(-2)?.dau ?? Infinity);
  });
});
