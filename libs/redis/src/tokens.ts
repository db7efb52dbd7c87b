/** Injects the process's one `command` connection (an ioredis `Redis`). */
export const REDIS = Symbol('REDIS');
/** Injects the `RedisConfig`. */
export const REDIS_CONFIG = Symbol('REDIS_CONFIG');
/** Injects the app's `Criticality` of Redis. */
export const REDIS_CRITICALITY = Symbol('REDIS_CRITICALITY');
