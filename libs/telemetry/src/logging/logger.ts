import { context, INVALID_TRACEID, trace } from '@opentelemetry/api';
import pino, { type Bindings, type ChildLoggerOptions, type Level, type LevelWithSilent, type Logger as PinoLogger, type LoggerOptions } from 'pino';
import { env, rootLogLevel, service } from '../config';
import { describeError, redact } from '../context/redact';
import { redactText } from '../context/redact-text';
import { currentContext } from '../context/request-context';
import { areBreadcrumbsRecorded, recordBreadcrumb } from '../context/breadcrumbs';
import { destination } from './destination';

export type Logger = PinoLogger;

/** Nest names every route and module at start; that is for whoever asks for it. Its exception handler passes on what it tells of, and so it would be told twice. */
const QUIETER: [string, LevelWithSilent][] = [...['InstanceLoader', 'RoutesResolver', 'RouterExplorer'].map((name): [string, Level] => [name, 'warn']), ['ExceptionHandler', 'silent']];

const levels = new Map(QUIETER.concat((env.LOG_LEVELS ?? '').split(',').filter(Boolean).map((pair) => pair.split('=') as [string, LevelWithSilent])));
let forced: Level | undefined;
/** `silent` has no number. */
const valueOf = (level: string): number => pino.levels.values[level] ?? Infinity;
const levelOf = (name: string): string => forced ?? levels.get(name) ?? rootLogLevel;

/** The fields that tie a line to its cause; read at the moment of writing, so third-party lines carry them too. */
function causeFields(): Record<string, unknown> {
  const span = trace.getSpan(context.active())?.spanContext();
  return span && span.traceId !== INVALID_TRACEID ? { ...currentContext(), trace_id: span.traceId, span_id: span.spanId } : { ...currentContext() };
}

function cleanFields(fields: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    if (key === 'err' || key === 'error') clean['error'] = describeError(fields[key]);
    else Object.assign(clean, redact({ [key]: fields[key] }));
  }
  return clean;
}

const BREADCRUMB_LEVELS: Record<number, 'debug' | 'info' | 'warning' | 'error'> = { 10: 'debug', 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'error' };

type Arguments = unknown[];

/** The message of a line that was given none. pino would take the error's own, after its hooks, so unredacted; a message that is a field stays. */
function messageOf(fields: object | null): string | undefined {
  const { message, err, error } = (fields ?? {}) as { message?: unknown; err?: unknown; error?: unknown };
  if (message !== undefined && !(fields instanceof Error)) return undefined;
  return redactText(String(message ?? ((err ?? error) as { message?: unknown } | null | undefined)?.message ?? ''));
}

const hooks: LoggerOptions['hooks'] = {
  logMethod(args, method, level) {
    const given = args as Arguments;
    const first = given[0] as { logger?: string } | null;
    // Nest's loggers share one pino logger and name themselves in a field, or not at all; their level is decided here.
    const name = typeof first === 'object' ? first?.logger : undefined;
    if ((name || this === rootLogger) && level < valueOf(levelOf(name ?? 'nest'))) return;
    const clean = given.map((arg, index) => (typeof arg === 'string' ? redactText(arg) : index > 0 ? redact(arg) : arg));
    if (typeof first === 'object' && clean[1] === undefined) clean[1] = messageOf(first);
    if (areBreadcrumbsRecorded()) recordBreadcrumb({ category: 'log', message: String(clean.find((arg) => typeof arg === 'string') ?? ''), level: BREADCRUMB_LEVELS[level] });
    return method.apply(this, clean as Parameters<typeof method>);
  },
};

const options: LoggerOptions = {
  level: rootLogLevel,
  base: { service: service.name, environment: service.environment, version: service.version },
  messageKey: 'message',
  errorKey: 'err',
  timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  serializers: { err: (error: unknown) => error },
  formatters: { level: (label) => ({ level: label }), log: cleanFields },
  mixin: causeFields,
  hooks,
};

/** The lowest of all: Nest's loggers share it and are told apart only when they write, so it must let pass what any of them may say. */
const lowest = [rootLogLevel, ...levels.values()].reduce((low, level) => (valueOf(level) < valueOf(low) ? level : low));

/** Nest's own logger and nestjs-pino write here; a line without a name is Nest's. */
export const rootLogger: Logger = pino({ ...options, level: lowest, mixin: () => ({ logger: 'nest', ...causeFields() }) }, destination);

const named = pino(options, destination);
// pino does not ask its formatters about the fields of children; they are inherited, so one place serves all generations.
const { child } = named;
Object.assign(named, {
  child(this: Logger, fields: Bindings, settings?: ChildLoggerOptions): Logger {
    return Reflect.apply(child, this, [redact(fields), settings]) as Logger;
  },
});
const loggers = new Map<string, Logger>();

/** The logger of that name, usable anywhere: `getLogger('billing').info({ invoice_id }, 'invoice sent')`. An error goes under `err`. */
export function getLogger(name: string): Logger {
  let logger = loggers.get(name);
  if (!logger) loggers.set(name, (logger = named.child({ logger: name }, { level: levelOf(name) })));
  return logger;
}

/** Sets the level of every logger, present and to come, and returns what sets them back; for tests. */
export function setAllLevels(level: Level): () => void {
  const all = [rootLogger, named, ...loggers.values()];
  const before = all.map((logger) => logger.level);
  forced = level;
  for (const logger of all) logger.level = level;
  return () => {
    forced = undefined;
    all.forEach((logger, index) => (logger.level = before[index] ?? rootLogLevel));
    for (const [name, logger] of loggers) logger.level = levelOf(name);
  };
}
