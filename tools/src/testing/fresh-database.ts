import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of the caller's own. */
export interface TestDatabase {
  /** The applications' login: owns nothing, bypasses no row-level security. */
  url: string;
  /** Superuser. */
  adminUrl: string;
  drop(): Promise<void>;
}

const TEMPLATE = 'shadower_template';
/** Any number, the same in all test processes. */
const TEMPLATE_LOCK = 7_420_001;

function baseUrl(name: 'TEST_POSTGRES_ADMIN_URL' | 'TEST_POSTGRES_APP_URL', database: string): string {
  const url = new URL(process.env[name] ?? 'postgres://run-end-to-end-tests-with-jest-selectProjects-e2e/');
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: baseUrl('TEST_POSTGRES_ADMIN_URL', 'postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The first process that asks migrates the template; the others wait for it. */
async function ensureTemplate(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (rowCount) return;
    const { migrate } = await import('@shadower/database');
    await client.query('DROP DATABASE IF EXISTS shadower_unfinished WITH (FORCE)');
    await client.query('CREATE DATABASE shadower_unfinished');
    await migrate(baseUrl('TEST_POSTGRES_ADMIN_URL', 'shadower_unfinished'));
    await client.query(`ALTER DATABASE shadower_unfinished RENAME TO ${TEMPLATE}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

/** A new database with every migration applied (some 50 ms: a copy of a template). `empty`: without any. */
export async function freshDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    if (!empty) await ensureTemplate(client);
    await client.query(`CREATE DATABASE ${name}${empty ? '' : ` TEMPLATE ${TEMPLATE}`}`);
  });
  return {
    url: baseUrl('TEST_POSTGRES_APP_URL', name),
    adminUrl: baseUrl('TEST_POSTGRES_ADMIN_URL', name),
    drop: () => asAdmin(async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}
