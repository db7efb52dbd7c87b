import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Client } from 'pg';
import { freshDatabase } from '../testing/fresh-database';
import { request } from '../testing/json-request';
import { redisDatabase } from '../testing/redis-database';
import { testFolder } from '../testing/servers';
import { demoToken } from '../token/demo-token';
import { ROOT } from './paths';
import { Stack } from './stack';

it('takes a copy of .env.example: an empty owner is none, and clients are told the port that the gateway got', async () => {
  const [database, redisUrl] = await Promise.all([freshDatabase({ empty: true }), redisDatabase()]);
  const dataDir = testFolder();
  const example = parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8'));
  expect(example).toMatchObject({ DATABASE_MIGRATION_URL: '', GATEWAY_URL: 'ws://127.0.0.1:8002' });
  const stack = new Stack({ dataDir, env: { PATH: process.env.PATH, ...example, DATABASE_URL: database.adminUrl, REDIS_URL: redisUrl } });
  try {
    await stack.start();
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('events') IS NOT NULL AS there");
    await client.end();
    expect(rows).toEqual([{ there: true }]);
    const { body } = await request(`${stack.urls['analytics-api']}/api/v1/stream/tickets`, { method: 'POST', token: await demoToken({ workspace: 'demo' }), body: { workspace_id: 'demo' } });
    expect(new URL(String(body.url)).port).toBe(new URL(stack.urls['websocket-gateway']).port);
  } finally {
    await stack.stop();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
