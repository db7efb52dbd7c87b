import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

/** What a container needs from outside: a database and its secrets as files. */
export interface World {
  secretFolder: string;
  /** `NAME_FILE` for each secret. */
  env: Record<string, string>;
  /** Counts rows as the database's owner. */
  count(sql: string): Promise<number>;
  /** A token of a member of workspace `acme`. */
  token: string;
  remove(): Promise<void>;
}

/** An empty database on the test's PostgreSQL, and a folder of secrets as a cluster would mount it. */
export async function makeWorld(admin: string, app: string, redis: string): Promise<World> {
  const name = `images_${randomBytes(6).toString('hex')}`;
  const server = new Client({ connectionString: admin });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  const jwtSecret = randomBytes(32).toString('hex');
  const secrets = { 'database-url': at(app), 'database-migration-url': at(admin), 'redis-url': redis, 'auth-jwt-secret': jwtSecret, 'sentry-dsn': '' };
  const secretFolder = mkdtempSync(join(tmpdir(), 'image-secrets-'));
  chmodSync(secretFolder, 0o755);
  for (const [file, value] of Object.entries(secrets)) writeFileSync(join(secretFolder, file), value);
  return {
    secretFolder,
    env: Object.fromEntries(Object.keys(secrets).map((file) => [`${file.toUpperCase().replaceAll('-', '_')}_FILE`, `/run/secrets/analytics/${file}`])),
    count: async (sql) => {
      const client = new Client({ connectionString: at(admin) });
      await client.connect();
      const { rows } = await client.query<{ n: string }>(sql);
      await client.end();
      return Number(rows[0]?.n);
    },
    token: signToken(jwtSecret),
    remove: async () => {
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.end();
      rmSync(secretFolder, { recursive: true, force: true });
    },
  };
}

function signToken(secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'image-test', iss: 'https://auth.shadower.ai', aud: 'shadower-analytics', exp: Math.floor(Date.now() / 1000) + 3600, iat: Math.floor(Date.now() / 1000), workspaces: { acme: 'admin' } };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
