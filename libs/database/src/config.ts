import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().min(100).max(600_000).default(fallback);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, hostname: /.*/, error: 'must be a URL such as postgres://user:password@host:5432/database' });

/** The database's part of an app's environment. */
export const databaseEnv = {
  DATABASE_URL: postgresUrl
    .default('postgres://shadower:shadower@127.0.0.1:5432/shadower')
    .meta({ description: 'PostgreSQL 14 or newer, as the applications log in: a member of shadower_app that owns nothing and bypasses nothing', secret: true }),
  DATABASE_MIGRATION_URL: postgresUrl
    .optional()
    .meta({ description: 'the same database as its owner, for migrations (not through PgBouncer); unset: DATABASE_URL', secret: true }),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(500).default(10).meta({ description: 'connections that this process may hold' }),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds(1_500).meta({ description: 'longest wait for a connection, new or from the pool' }),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds(4_000).meta({ description: 'longest run of one statement; the client gives up half a second later' }),
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: milliseconds(10_000).meta({ description: 'PostgreSQL ends a transaction that idles longer' }),
};

/** How long events are kept: for the API, which refuses older ones, and the worker, which removes them. */
export const eventsEnv = {
  EVENTS_MAX_AGE_DAYS: z.coerce.number().int().min(1).max(36_500).default(1_826).meta({ description: 'older events are refused, and removed where a workspace has no shorter policy of its own' }),
};

/** Injects the `DatabaseConfig`. */
export const DATABASE_CONFIG = Symbol('DATABASE_CONFIG');

/** What `databaseEnv` becomes once it is read. */
export type DatabaseConfig = z.infer<z.ZodObject<typeof databaseEnv>>;
