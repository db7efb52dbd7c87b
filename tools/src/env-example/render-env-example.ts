import type { z } from 'zod';

/** An application and the schema of everything that it reads from the environment. */
export interface AppEnvironment {
  app: string;
  schema: z.ZodObject;
}

interface Variable {
  key: string;
  description: string;
  secret: boolean;
  /** By application, as it stands in an environment; empty: none. */
  defaults: Map<string, string>;
}

/** The layers of a schema from the outside in: `.default()`, `.optional()`, `.pipe()` and so on wrap the one before. */
function layers(schema: z.ZodType): z.ZodType[] {
  const { innerType, in: input } = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  const next = innerType ?? input;
  return next ? [schema, ...layers(next)] : [schema];
}

const metaOf = (schema: z.ZodType, name: 'description' | 'secret'): unknown => layers(schema).map((layer) => layer.meta()?.[name]).find((value) => value !== undefined);

function defaultOf(schema: z.ZodType): string {
  const layer = layers(schema).find(({ def }) => def.type === 'default');
  return layer ? String((layer.def as unknown as { defaultValue: unknown }).defaultValue) : '';
}

function variables(environments: AppEnvironment[]): Variable[] {
  const byKey = new Map<string, Variable>();
  for (const { app, schema } of environments) {
    for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
      const variable = byKey.get(key) ?? { key, description: String(metaOf(field, 'description') ?? ''), secret: metaOf(field, 'secret') === true, defaults: new Map() };
      variable.defaults.set(app, defaultOf(field));
      byKey.set(key, variable);
    }
  }
  return [...byKey.values()];
}

/** A variable whose default differs between applications is shown and not set: one value for all would be wrong for most. */
function lines({ key, description, secret, defaults }: Variable, all: number): string[] {
  const readers = defaults.size < all ? [`# read by ${[...defaults.keys()].join(', ')}`] : [];
  const values = new Set(defaults.values());
  const [value = ''] = values;
  if (secret) return [`# ${description}`, ...readers, value ? '# secret: empty means a default for development, which production refuses' : '# secret', `${key}=`, ''];
  if (values.size > 1) return [`# ${description}`, ...readers, ...[...defaults].map(([app, own]) => `# ${key}=${own} in ${app}`), ''];
  return [`# ${description}`, ...readers, `${key}=${value}`, ''];
}

/** `.env.example`: every variable that any application reads, with its meaning and default. Used as it is, it changes nothing. */
export function renderEnvExample(environments: AppEnvironment[]): string {
  const head = [
    '# Every variable that the applications read; what is empty is unset. Copy to .env and change what you need: npm start reads it.',
    '# Made from the env schemas by `node tools/run.mjs env-example`; a test compares them.',
    '',
  ];
  return [...head, ...variables(environments).flatMap((variable) => lines(variable, environments.length))].join('\n');
}
