export { installDebian } from '../stack/install-debian';
export { PrivatePostgres } from '../stack/private-postgres';
export { PrivateRedis } from '../stack/private-redis';
export { findChromium } from './chromium-program';
export { freshDatabase, type TestDatabase } from './fresh-database';
export { makePartitions, mostPartitionsLocked } from './many-partitions';
export { redisDatabase } from './redis-database';
