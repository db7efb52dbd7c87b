import { authEnv } from '@shadower/auth';
import { databaseEnv } from '@shadower/database';
import { redisEnv } from '@shadower/redis';
import { loadConfig, telemetryEnv } from '@shadower/telemetry';
import { z } from 'zod';

export const envSchema = z.object({
  ...telemetryEnv,
  ...databaseEnv,
  ...redisEnv,
  ...authEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8000).meta({ description: 'port of the REST API' }),
  HOST: z.string().min(1).default('0.0.0.0').meta({ description: 'address that the API listens on' }),
  GATEWAY_URL: z.url({ protocol: /^wss?$/, hostname: /.*/ }).default('ws://127.0.0.1:8002').meta({ description: 'where clients reach the WebSocket gateway' }),
  EVENTS_MAX_AGE_DAYS: z.coerce.number().int().min(1).max(36_500).default(1_826).meta({ description: 'older events are refused' }),
  EVENTS_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(10_000).default(64).meta({ description: 'batches that this process stores at a time; more are answered 503' }),
});
export type ApiConfig = z.infer<typeof envSchema>;
export const config = loadConfig(envSchema, process.env);
