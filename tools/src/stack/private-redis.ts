import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Redis from 'ioredis';
import { OwnedChild } from './owned-child';
import { endRecorded } from './pid-file';
import { freePort, portNear } from './port';
import { findRedis } from './redis-program';
import { until } from './until';

export interface RedisOptions {
  dataDir: string;
  logFile: string;
  /** Wanted port; another is chosen when it is taken. Default: one of the operating system's choice. */
  port?: number;
  /** false: nothing is written to disk, for tests. */
  durable?: boolean;
}

export const redisPidFile = (dataDir: string): string => join(dataDir, 'server.pid.json');
const START_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 10_000;

/** A Redis server of our own, on 127.0.0.1 only and behind a generated password. */
export class PrivateRedis {
  private constructor(
    private readonly server: OwnedChild,
    readonly port: number,
    readonly dataDir: string,
    private readonly password: string,
  ) {}

  static async start(options: RedisOptions): Promise<PrivateRedis> {
    const program = findRedis();
    const pidFile = redisPidFile(options.dataDir);
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    await endRecorded(pidFile, 'SIGTERM', STOP_GRACE_MS);
    const password = ensurePassword(options.dataDir);
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port === undefined || attempt > 1 ? await freePort() : await portNear(options.port);
      const config = writeConfig(options, port, password);
      const server = OwnedChild.spawn({ file: program, args: [config], logFile: options.logFile, pidFile });
      const redis = new PrivateRedis(server, port, options.dataDir, password);
      if (await until(async () => (server.running ? redis.proveOurs() : false), START_TIMEOUT_MS, 20)) return redis;
      const how = await server.stop('SIGTERM', 2_000);
      const lost = server.lastLines().includes('Address already in use');
      if (!lost || attempt === 5) throw new Error(`Redis did not start (${options.logFile}): it ${how}\n${server.lastLines()}`);
    }
  }

  /** `database`: 0 to 1023. */
  url(database = 0): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  get exit(): Promise<string> {
    return this.server.exit;
  }

  async stop(): Promise<void> {
    await this.server.stop('SIGTERM', STOP_GRACE_MS);
  }

  /** Without waiting, for the end of our own process. */
  signal(name: NodeJS.Signals): void {
    this.server.kill(name);
  }

  /** For drills: ends it without a chance to write anything. */
  async kill(): Promise<void> {
    await this.server.stop('SIGKILL', 2_000);
  }

  /** The server that answers must prove, under our password, that it works in our folder. */
  private async proveOurs(): Promise<true | undefined> {
    const client = new Redis(this.url(), { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, enableOfflineQueue: false, connectTimeout: 2_000, disconnectTimeout: 100 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const [, folder] = (await client.config('GET', 'dir')) as [string, string];
      await client.set('shadower:started', '1');
      return realpathSync(folder) === realpathSync(this.dataDir) ? true : undefined;
    } catch {
      return undefined;
    } finally {
      client.disconnect();
    }
  }
}

function ensurePassword(dataDir: string): string {
  const file = join(dataDir, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** In a file, because a command line can be read by every user of the machine. */
function writeConfig({ dataDir, durable }: RedisOptions, port: number, password: string): string {
  const file = join(dataDir, 'redis.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir "${dataDir}"`,
    `requirepass ${password}`,
    'databases 1024',
    'daemonize no',
    'save ""',
    `appendonly ${durable === false ? 'no' : 'yes'}`,
    'maxmemory-policy noeviction',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
