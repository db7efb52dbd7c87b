import { authEnv, hasOwnSecret } from '@shadower/auth';
import { databaseEnv, eventsEnv } from '@shadower/database';
import { EVENT_LIMITS } from '@shadower/domain';
import { redisEnv } from '@shadower/redis';
import { loadConfig, telemetryEnv } from '@shadower/telemetry';
import { z } from 'zod';

/** At least `least`: a whole batch must fit into a burst. */
const tokens = (least: number, fallback: number) => z.coerce.number().int().min(least).max(1_000_000_000).default(fallback);

export const envSchema = z.object({
  ...telemetryEnv,
  ...databaseEnv,
  ...redisEnv,
  ...authEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000).meta({ description: 'port of the REST API' }),
  HOST: z.string().min(1).default('0.0.0.0').meta({ description: 'address that the API listens on' }),
  GATEWAY_URL: z.url({ protocol: /^wss?$/, hostname: /.*/ }).default('ws://127.0.0.1:8002').meta({ description: 'where clients reach the WebSocket gateway' }),
  ...eventsEnv,
  DATABASE_SILENCE_MS: z.coerce.number().int().min(200).max(600_000).default(1_000).meta({ description: 'treat PostgreSQL as unavailable after this long without a reply to SELECT 1' }),
  DATABASE_POOL_WAIT_MS: z.coerce.number().int().min(1).max(600_000).default(500).meta({ description: 'while a request has waited longer for a connection, new ones are answered 503' }),
  EVENTS_MAX_BACKLOG: z.coerce.number().int().min(1).max(100_000_000).default(500_000).meta({ description: 'maximum pending dirty-bucket marks before ingest returns 503' }),
  RATE_LIMIT_WORKSPACE_PER_SECOND: tokens(1, 10_000).meta({ description: 'what a workspace may use on average: an event costs 1, any other request too' }),
  RATE_LIMIT_WORKSPACE_BURST: tokens(EVENT_LIMITS.batch, 60_000).meta({ description: 'what a workspace may use at once' }),
  RATE_LIMIT_CALLER_PER_SECOND: tokens(1, 10_000).meta({ description: 'the same for one API key or user of a workspace' }),
  RATE_LIMIT_CALLER_BURST: tokens(EVENT_LIMITS.batch, 60_000).meta({ description: 'what one API key or user of a workspace may use at once' }),
  RATE_LIMIT_REDIS_TIMEOUT_MS: z.coerce.number().int().min(1).max(5_000).default(50).meta({ description: 'how long a request waits for the shared buckets before it draws from those of its process' }),
  EVENTS_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(10_000).default(64).meta({ description: 'batches that this process stores at a time; more are answered 503' }),
});
/** With what holds between variables. */
export const environment = envSchema.refine(hasOwnSecret, { path: ['AUTH_JWT_SECRET'], error: 'must not keep its default when AUTH_JWKS_URL is set: download links are signed with it' });
export const config = loadConfig(environment, process.env);
