import type { PrivatePostgres } from '../stack/private-postgres';
import type { PrivateRedis } from '../stack/private-redis';

/** What global set-up started and global tear-down ends: the same process runs both. */
export const servers: { folder: string; postgres: PrivatePostgres; redis: PrivateRedis }[] = [];
