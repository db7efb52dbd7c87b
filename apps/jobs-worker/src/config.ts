import { databaseEnv, eventsEnv } from '@shadower/database';
import { redisEnv } from '@shadower/redis';
import { loadConfig, telemetryEnv } from '@shadower/telemetry';
import { z } from 'zod';

export const envSchema = z.object({
  ...telemetryEnv,
  ...databaseEnv,
  ...redisEnv,
  ...eventsEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8001).meta({ description: "port of the probes and metrics; 0: one of the system's choice" }),
  HOST: z.string().default('0.0.0.0').meta({ description: 'address to listen on' }),
  ROLLUP_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(4).meta({ description: 'workspaces that one worker process rolls up at the same time; each holds a database connection' }),
  JOBS_STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(600_000).default(60_000).meta({ description: 'longest run of one statement of a background job' }),
  JOB_LOCK_MS: z.coerce.number().int().min(1_000).max(600_000).default(30_000).meta({ description: 'a worker that gives no sign of life for so long loses its jobs to another' }),
});
export const config = loadConfig(envSchema, process.env);
