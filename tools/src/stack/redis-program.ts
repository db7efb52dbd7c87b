import { findOrInstall } from './debian-program';

const REDIS = {
  names: ['redis-server', 'valkey-server'],
  debianPackage: 'redis-server',
  how: 'set REDIS_URL to a Redis 6.2 or later or a Valkey, or install one (Debian: apt-get install redis-server)',
} satisfies Parameters<typeof findOrInstall>[0];

/** Where the Redis server program is; installs Debian's package where we may. */
export const findRedis = (report?: (line: string) => void): string => findOrInstall(REDIS, report);
