import { databaseEnv } from '@shadower/database';
import { loadConfig, telemetryEnv } from '@shadower/telemetry';
import { z } from 'zod';

/** Everything that the migration program reads from the environment. Unlike the API it logs in as the schema's owner, and knows no other secret. */
export const envSchema = z.object({
  ...telemetryEnv,
  DATABASE_MIGRATION_URL: databaseEnv.DATABASE_MIGRATION_URL.unwrap().meta({ description: "the database as its owner, not through PgBouncer", secret: true }),
});
export const config = loadConfig(envSchema, process.env);
