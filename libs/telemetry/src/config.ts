import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { registerSecret } from './context/redact-text';
import { readSecretFiles } from './secret-files';

const ratio = z.coerce.number({ error: 'must be a number from 0.0 to 1.0' }).min(0, 'must be a number from 0.0 to 1.0').max(1, 'must be a number from 0.0 to 1.0');
const flag = z.stringbool({ error: 'must be true or false' });
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const levelPair = `[\\w.@/-]+=(${LEVELS.join('|')})`;
const levelPairs = new RegExp(`^${levelPair}(,${levelPair})*$`);
const level = z.enum(LEVELS, { error: `must be one of ${LEVELS.join(', ')}` });

/** Telemetry's part of an app's environment: spread it into the app's schema. */
export const telemetryEnv = {
  APP_ENV: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 lower-case letters, digits or -').default('development').meta({ description: 'Name of the environment, on every log line, span and error. `production` refuses default secrets.' }),
  APP_VERSION: z.string().max(64).optional().meta({ description: "Release; unset takes the package's version." }),
  APP_REVISION: z.string().max(64).default('unknown').meta({ description: 'Git revision, shown in `build_info`.' }),
  LOG_LEVEL: level.default('info').meta({ description: 'Least level of log lines.' }),
  LOG_LEVELS: z.string().regex(levelPairs, `must look like typeorm=warn,bullmq=debug, with levels of ${LEVELS.join(', ')}`).optional().meta({ description: 'Levels of single loggers, third-party ones included: `typeorm=warn,bullmq=debug`.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().regex(/^((https?|unix):\/\/\S+|[\w.-]+:\d{1,5})$/, 'must be a URL or host:port').optional().meta({ description: 'OTLP/gRPC collector, such as `localhost:4317`; unset exports no spans.' }),
  OTEL_EXPORTER_INSECURE: flag.default(false).meta({ description: 'Plain-text OTLP for an endpoint without a scheme.' }),
  OTEL_EXPORTER_OTLP_INSECURE: flag.default(false).meta({ description: 'The same under the name of the OpenTelemetry specification.' }),
  OTEL_CONSOLE_EXPORT: flag.default(false).meta({ description: 'Prints spans to the console, for debugging.' }),
  OTEL_TRACES_SAMPLER_ARG: ratio.optional().meta({ description: 'Share of traces to keep, 0.0 to 1.0; unset means 0.1 in production and 1 elsewhere.' }),
  SENTRY_DSN: z.url({ protocol: /^https?$/, error: 'must be a Sentry DSN (a URL)' }).optional().meta({ description: 'Where errors are reported; unset switches reports off.', secret: true }),
  SENTRY_TRACES_SAMPLE_RATE: ratio.default(0.1).meta({ description: 'Share of traces that Sentry gets, 0.0 to 1.0; at most what OTEL_TRACES_SAMPLER_ARG keeps.' }),
  SENTRY_PROFILES_SAMPLE_RATE: ratio.default(0.1).meta({ description: 'Share of those traces that are profiled, 0.0 to 1.0.' }),
  OPS_TOKEN: z.string().min(16, 'must be at least 16 characters').optional().meta({ description: 'Bearer token for /metrics and health details; unset allows direct callers from private networks only.', secret: true }),
  METRICS_WORKSPACES: z.coerce.number().int().min(0).max(1000).default(50).meta({ description: 'How many workspaces have series of their own; the rest is summed as `other`, 0 sums all.' }),
  MAIN_APP_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).optional().meta({ description: 'Health URL of the Main App, an optional dependency.' }),
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).max(5_000).default(1_000).meta({ description: 'How long /ready answers 503 before the server stops accepting, in milliseconds; at most 5,000, so that the whole end takes 25 s at most.' }),
};

export type TelemetryEnv = z.output<z.ZodObject<typeof telemetryEnv>>;

/** The environment of an app is wrong. `problems` has one line a variable and never a value of a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

type Env = Record<string, string | undefined>;
/** Part of every password that stands in the repository: the trial's in docker/ and k8s/overlays/dev, and the defaults. */
const TRIAL = 'development-only';
const withoutEmpty = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

/** `.meta()` of a schema, also when `.default()` or `.optional()` was called after it. */
function isSecret(schema: z.ZodType): boolean {
  for (let at: z.ZodType | undefined = schema; at; at = (at.def as { innerType?: z.ZodType }).innerType) if (at.meta()?.['secret'] === true) return true;
  return false;
}

/**
 * Validates the whole environment of an app at once. Throws a ConfigError that lists every problem.
 * An empty string counts as unset; `NAME_FILE` names a file that holds NAME; in production no secret may keep its default or hold a trial's.
 */
export function loadConfig<T extends z.ZodObject>(schema: T, env: Env): z.output<T> {
  const files = readSecretFiles(env, Object.keys(schema.shape));
  const given = withoutEmpty(files.env);
  const result = schema.safeParse(given);
  const problems = result.success ? files.problems : files.problems.concat(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code === 'invalid_type' && given[String(issue.path[0])] === undefined ? 'is required' : issue.message}`));
  for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    if (!isSecret(field)) continue;
    const value = given[key];
    if (value !== undefined) registerSecret(value);
    const fallback = field.safeParse(undefined);
    const kept = fallback.success && fallback.data !== undefined && (value === undefined || value === fallback.data);
    if (given['APP_ENV'] !== 'production') continue;
    if (kept) problems.push(`${key}: must not keep its default in production`);
    else if (value?.includes(TRIAL)) problems.push(`${key}: must not hold a password of the trial in production`);
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems);
  return result.data;
}

/** Telemetry starts before the app has checked its environment: a bad value falls back here and is reported there. */
function readLeniently(env: Env): TelemetryEnv {
  const given = withoutEmpty(readSecretFiles(env, Object.keys(telemetryEnv)).env);
  const read = (key: string, field: z.ZodType) => {
    const result = field.safeParse(given[key]);
    return result.success ? result.data : field.safeParse(undefined).data;
  };
  return Object.fromEntries(Object.entries(telemetryEnv).map(([key, field]) => [key, read(key, field)])) as TelemetryEnv;
}

function nearestPackage(from: string): { name: string; version: string } {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string; version?: string };
      if (name) return { name: name.replace(/^@[^/]*\//, ''), version: version ?? '0.0.0' };
    } catch {
      // No package here; its parent may be one.
    }
    if (folder === dirname(folder)) return { name: 'unknown', version: '0.0.0' };
  }
}

// The names that OpenTelemetry has settled on (`db.query.text`, `server.address`), not those of before; its instrumentations read this when they are made.
process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] ??= 'http,database';

export const env: TelemetryEnv = readLeniently(process.env);
if (env.SENTRY_DSN) registerSecret(env.SENTRY_DSN);
if (env.OPS_TOKEN) registerSecret(env.OPS_TOKEN);

const pack = nearestPackage(dirname(process.argv[1] ?? process.cwd()));

/** What every signal says about the process that made it. */
export const service = { name: pack.name, version: env.APP_VERSION ?? pack.version, environment: env.APP_ENV, revision: env.APP_REVISION } as const;

/** Parent-based share of traces to keep. */
export const tracesRatio = env.OTEL_TRACES_SAMPLER_ARG ?? (env.APP_ENV === 'production' ? 0.1 : 1);

/** Test runners print enough of their own: there, only warnings show unless LOG_LEVEL says otherwise. */
export const rootLogLevel = process.env['NODE_ENV'] === 'test' && !process.env['LOG_LEVEL'] ? 'warn' : env.LOG_LEVEL;
