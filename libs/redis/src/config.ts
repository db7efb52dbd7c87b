import { z } from 'zod';

/** Redis' part of an app's environment, for the app's one schema. */
export const redisEnv = {
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/[^\s]+$/, 'must be a redis:// or rediss:// URL')
    .default('redis://127.0.0.1:6379')
    .meta({ description: 'Redis or Valkey, 6.2 or later, for wake-ups, live streams, tickets and caches; nothing in it is the only copy. rediss:// for TLS.', secret: true }),
};
export type RedisConfig = { REDIS_URL: string };
