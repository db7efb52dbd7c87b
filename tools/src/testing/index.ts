export { freshDatabase, type TestDatabase } from './fresh-database';
export { redisDatabase } from './redis-database';
export { PrivateRedis } from '../stack/private-redis';
