import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { OwnedChild } from './owned-child';
import { endProcess } from './pid-file';
import { freePort, portNear } from './port';
import { findPostgres } from './postgres-binaries';
import { type ClusterSecrets, ensureCluster } from './postgres-cluster';
import { processBirth } from './process-birth';
import { type Account, reachableData, reachablePrograms, serverAccount } from './server-account';
import { until } from './until';

export interface PostgresOptions {
  dataDir: string;
  logFile: string;
  /** Wanted port; another is chosen when it is taken. Default: one of the operating system's choice. */
  port?: number;
  /** false: no fsync, for tests, whose data may die with the machine. */
  durable?: boolean;
}

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 20_000;
/** What is committed is in the hands of the operating system: it survives the server's crash, not the machine's. */
const CARELESS = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];

/** A PostgreSQL server of our own, on 127.0.0.1 only. It ends when `stop` is called; one that a killed run left is ended by the next start. */
export class PrivatePostgres {
  private constructor(
    private readonly server: OwnedChild,
    readonly port: number,
    readonly dataDir: string,
    private readonly secrets: ClusterSecrets,
  ) {}

  static async start(options: PostgresOptions): Promise<PrivatePostgres> {
    const account = serverAccount();
    const binaries = findPostgres();
    const home = reachablePrograms(account, binaries.home, binaries.label);
    const dataDir = reachableData(account, options.dataDir);
    const secrets = await ensureCluster(home, dataDir, account);
    await endPostgresOrphan(dataDir);
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port === undefined || attempt > 1 ? await freePort() : await portNear(options.port);
      const postgres = new PrivatePostgres(launch(home, dataDir, port, account, options), port, dataDir, secrets);
      const problem = await postgres.untilReady();
      if (!problem) return postgres;
      // A port that was lost to someone else, or memory of a server that was killed and whose last backend is still ending.
      const passing = /could not bind|Address already in use|pre-existing shared memory|lock file "postmaster.pid"/.test(problem);
      if (!passing || attempt === 5) throw new Error(`PostgreSQL did not start (${options.logFile}):\n${problem}`);
      await sleep(attempt * 200);
    }
  }

  /** Superuser, for migrations and administration. */
  adminUrl(database = 'postgres'): string {
    return `postgres://postgres:${this.secrets.admin}@127.0.0.1:${this.port}/${database}`;
  }

  /** The applications' login: owns nothing and bypasses nothing. */
  appUrl(database: string): string {
    return `postgres://shadower:${this.secrets.app}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes the database unless it is there. `name`: a plain identifier of ours. */
  async ensureDatabase(name: string): Promise<void> {
    const client = new Client({ connectionString: this.adminUrl() });
    await client.connect();
    try {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
      if (!rowCount) await client.query(`CREATE DATABASE ${name}`);
    } finally {
      await client.end();
    }
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  get exit(): Promise<string> {
    return this.server.exit;
  }

  /** A fast shutdown: open transactions are rolled back, everything committed is on disk. */
  async stop(): Promise<void> {
    await this.server.stop('SIGINT', STOP_GRACE_MS);
  }

  /** Without waiting, for the end of our own process. */
  signal(name: NodeJS.Signals): void {
    this.server.kill(name);
  }

  /** For drills: ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.server.stop('SIGQUIT', 2_000);
  }

  /** The server that answers must prove, under our password, that it serves our data, before anything is done to it. */
  private async proveOurs(): Promise<true | undefined> {
    const client = new Client({ connectionString: this.adminUrl(), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      if (realpathSync(rows[0]?.data_directory ?? '/') !== realpathSync(this.dataDir)) return undefined;
      await ensureLogin(client, this.secrets.app);
      return true;
    } catch (error) {
      // Still starting (57P03), or not yet listening.
      if (['57P03', 'ECONNREFUSED', 'ECONNRESET'].includes((error as { code: string }).code)) return undefined;
      throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Returns what went wrong, or undefined. */
  private async untilReady(): Promise<string | undefined> {
    let problem = '';
    try {
      if (await until(async () => (this.server.running ? this.proveOurs() : false), START_TIMEOUT_MS, 20)) return undefined;
    } catch (error) {
      problem = `${String(error)}; `;
    }
    const how = await this.server.stop('SIGINT', 2_000);
    return `${problem}it ${how}\n${this.server.lastLines()}`;
  }
}

function launch(home: string, dataDir: string, port: number, account: Account, options: PostgresOptions): OwnedChild {
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'];
  const args = ['-D', dataDir, '-p', String(port), ...settings, ...(options.durable === false ? CARELESS : [])];
  const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('PG')));
  return OwnedChild.spawn({ file: join(home, 'bin', 'postgres'), args, logFile: options.logFile, options: { ...account, cwd: '/', env: { ...environment, TZ: 'UTC' } } });
}

/** A server that a killed run left on this data folder. The postmaster works inside its data folder, which tells it from a stranger that got its number. */
export async function endPostgresOrphan(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const birth = processBirth(pid);
  if (!birth || !worksIn(pid, dataDir)) return;
  await endProcess({ pid, birth }, 'SIGINT', STOP_GRACE_MS);
}

function worksIn(pid: number, dataDir: string): boolean {
  try {
    if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(dataDir);
    return realpathSync(readlinkSync(`/proc/${pid}/cwd`)) === realpathSync(dataDir);
  } catch {
    return false;
  }
}

/** The name and password are ours and of letters and digits only. Concurrent first connections do not happen: one launcher a cluster. */
async function ensureLogin(client: Client, password: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = 'shadower'");
  if (rowCount) return;
  await client.query("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shadower_app') THEN CREATE ROLE shadower_app NOLOGIN NOSUPERUSER NOBYPASSRLS; END IF; END $$");
  await client.query(`CREATE ROLE shadower LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${password}' IN ROLE shadower_app`);
}
