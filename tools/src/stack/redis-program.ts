import { spawnSync } from 'node:child_process';
import { findProgram, isExecutable } from './find-program';

const HOW = 'set REDIS_URL to a Redis 7 or Valkey, or install one (Debian: apt-get install redis-server)';

/** apt-get may start Debian's own service; RUNLEVEL=1 asks it not to, for we only want the program. */
function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return spawnSync('apt-get', ['-y', '-q', '--no-install-recommends', ...args], { env, stdio: 'ignore', timeout: 120_000 }).status === 0;
}

/** Where the Redis server program is; installs Debian's package when we are root on a system that has apt-get. */
export function findRedis(report: (line: string) => void = () => undefined): string {
  const found = findProgram('redis-server', 'valkey-server');
  if (found) return found;
  if (process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) throw new Error(`no redis-server or valkey-server on the PATH: ${HOW}`);
  report('no Redis on the PATH: installing the package redis-server');
  const done = apt('install', 'redis-server') || (apt('update') && apt('install', 'redis-server'));
  const installed = findProgram('redis-server', 'valkey-server');
  if (!done || !installed) throw new Error(`the package redis-server could not be installed: ${HOW}`);
  return installed;
}
