import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freshDatabase } from '../testing/fresh-database';
import { redisDatabase } from '../testing/redis-database';
import { testFolder } from '../testing/servers';
import { AppProcess } from './app-process';
import * as ports from './port';

jest.mock('./port', () => ({ ...jest.requireActual<object>('./port'), freePort: jest.fn(jest.requireActual<typeof ports>('./port').freePort) }));

const asked: string[] = [];
const stranger = createServer((request, response) => {
  asked.push(String(request.url));
  response.end('ok');
});
const dataDir = testFolder();
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  ({ port } = stranger.address() as AddressInfo);
});
afterAll(() => {
  stranger.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('knows who listens on a port', () => {
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  expect(ports.listensOn(process.pid, port)).toBe(true);
  expect(ports.listensOn(other.pid as number, port)).toBe(false);
  expect(ports.portHolder(port)).toContain(`(pid ${process.pid})`);
  other.kill('SIGKILL');
});

it('does not take a stranger who got the port first for the app, and starts it on another one', async () => {
  const [database, redisUrl] = await Promise.all([freshDatabase(), redisDatabase()]);
  jest.mocked(ports.freePort).mockResolvedValueOnce(port);
  const env = { PATH: process.env.PATH, APP_ENV: 'test', DATABASE_URL: database.url, REDIS_URL: redisUrl, SHUTDOWN_GRACE_MS: '0' };
  const app = await AppProcess.start({ name: 'analytics-api', dataDir, env });
  try {
    expect(app.port).not.toBe(port);
    expect(ports.listensOn(app.pid as number, app.port)).toBe(true);
    expect(asked).toEqual([]);
  } finally {
    await app.stop();
    await database.drop();
  }
}, 180_000);
