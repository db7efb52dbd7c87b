import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmodSync } from 'node:fs';
import { Client } from 'pg';
import { portHolder } from './port';
import { PrivatePostgres, type PostgresOptions } from './private-postgres';
import { processBirth } from './process-birth';

const folder = mkdtempSync(join(tmpdir(), 'shadower-pg-'));
const options: PostgresOptions = { dataDir: join(folder, 'data', 'postgres'), logFile: join(folder, 'postgres.log'), durable: false };
const running: PrivatePostgres[] = [];

chmodSync(folder, 0o755);

const start = async (more: Partial<PostgresOptions> = {}): Promise<PrivatePostgres> => {
  const postgres = await PrivatePostgres.start({ ...options, ...more });
  running.push(postgres);
  return postgres;
};

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
};

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps its data and its passwords over a stop', async () => {
  const first = await start();
  await ask(first.adminUrl(), 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const second = await start();
  expect(await ask(second.adminUrl(), 'SELECT answer FROM kept')).toEqual([42]);
});

it('gives the applications a login that owns nothing and bypasses nothing', async () => {
  const postgres = await start();
  const [rights] = await ask(postgres.appUrl('postgres'), 'SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user');
  expect(rights).toBe(false);
  expect(await ask(postgres.appUrl('postgres'), "SELECT pg_has_role('shadower_app', 'MEMBER')")).toEqual([true]);
});

it('refuses a connection without the password and listens on the loopback only', async () => {
  const postgres = await start();
  await expect(ask(`postgres://postgres:wrong@127.0.0.1:${postgres.port}/postgres`, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(await ask(postgres.adminUrl(), 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
});

it('ends the server that a killed run left on its data, and serves the same data', async () => {
  const orphan = await start();
  const birth = processBirth(orphan.pid as number);
  expect(birth).toBeDefined();
  // The handle of `orphan` is not used: the next start sees only what lies on the disk.
  const next = await start();
  expect(processBirth(orphan.pid as number)).toBeUndefined();
  expect(await ask(next.adminUrl(), 'SELECT answer FROM kept')).toEqual([42]);
});

it('comes back after a crash', async () => {
  const postgres = await start();
  process.kill(postgres.pid as number, 'SIGKILL');
  await postgres.exit;
  const next = await start();
  expect(await ask(next.adminUrl(), 'SELECT answer FROM kept')).toEqual([42]);
});

it('takes another port when the wanted one is taken, and knows who has it', async () => {
  const stranger: Server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => stranger.once('listening', resolve));
  const { port } = stranger.address() as { port: number };
  try {
    const postgres = await start({ port });
    expect(postgres.port).not.toBe(port);
    if (process.platform === 'linux') expect(portHolder(port)).toContain(`pid ${process.pid}`);
  } finally {
    stranger.close();
  }
});
