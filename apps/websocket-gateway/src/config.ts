import { authEnv } from '@shadower/auth';
import { databaseEnv } from '@shadower/database';
import { LIVE_LIMITS } from '@shadower/domain';
import { redisEnv } from '@shadower/redis';
import { loadConfig, telemetryEnv } from '@shadower/telemetry';
import { z } from 'zod';

const origin = z.string().refine((value) => value === '*' || (URL.canParse(value) && new URL(value).origin === value), 'must be origins such as https://app.example.com, separated by commas, or *');

/** Everything that this app reads from the environment. */
export const envSchema = z.object({
  ...telemetryEnv,
  ...databaseEnv,
  ...redisEnv,
  ...authEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8002).meta({ description: 'port of the gateway: the live socket, health and metrics' }),
  HOST: z.string().min(1).default('0.0.0.0').meta({ description: 'address to listen on' }),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((list) => list.split(',').map((one) => one.trim()).filter(Boolean))
    .pipe(z.array(origin))
    .meta({ description: "origins of web pages that may open the live socket, separated by commas; the gateway's own always may, * lets all in" }),
  LIVE_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(1_000_000).default(10_000).meta({ description: 'sockets that one gateway holds; further ones are asked to come back later' }),
  LIVE_HEARTBEAT_MS: z.coerce.number().int().min(100).max(300_000).default(LIVE_LIMITS.heartbeatMs).meta({ description: 'a client that is silent for twice this long is cut off' }),
});

export const config = loadConfig(envSchema, process.env);
